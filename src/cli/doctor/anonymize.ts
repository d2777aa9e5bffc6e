import { isIPv6 } from 'node:net';
import { isObject } from '../../core/json.ts';

/** What a diagnosis knows to be names of somebody's own. */
export interface OwnNames {
  /** Names and addresses of hosts. */
  readonly hosts: readonly string[];
  readonly users: readonly string[];
  /** Names of clusters. */
  readonly clusters: readonly string[];
  /** Certificate authorities, as certificates name them. */
  readonly authorities: readonly string[];
  readonly contexts: readonly string[];
}

type Replacement = readonly [name: string, placeholder: string];

// Whom a text names although the settings did not: in refusals, and in the commands that grant privileges.
const USER = /(?<![:/\w])[^\s:/='"!\\]+@[A-Za-z][\w.-]*(?:![A-Za-z][\w.-]*)?/g;
const IPV4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)/g;
const IPV6 = /(?<![\w:])[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*[0-9a-f](?![\w:])/gi;
const NODE_OF_PATH = /\/nodes\/([\w.-]+)/g;
const OBJECT_OF_PATH = /\/(pool|storage)\/([\w.-]+(?:\/[\w.-]+)*)/g;
const REALMS = /\brealms? ([\w-]+(?:\.[\w-]+)*(?:, [\w-]+(?:\.[\w-]+)*)*)/g;
/** Realms that every Proxmox VE has. */
const KNOWN_REALMS = ['pam', 'pve'];

function numbered(word: string, texts: Iterable<string>): readonly Replacement[] {
  return [...new Set(texts)].filter((text) => text !== '').map((text, index) => [text, `${word}-${index + 1}`]);
}

function replaceAll(text: string, names: readonly Replacement[]): string {
  // The longest first, so that `pve1.example` does not become `host-2.example`; and whole words only.
  const ordered = [...names].sort(([left], [right]) => right.length - left.length);
  return ordered.reduce((result, [name, placeholder]) => {
    const quoted = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return result.replace(new RegExp(`(?<![\\w-])${quoted}(?![\\w-])`, 'gi'), placeholder);
  }, text);
}

/** A JSON value whose texts went through a function; its keys stay. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}

function placeholderOf(names: readonly Replacement[], name: string): string {
  return names.find(([known]) => known === name)?.[1] ?? name;
}

/**
 * A JSON value in whose texts hosts, addresses, users, realms, clusters, contexts, pools and storages are placeholders
 * (`host-1`, `user-1`, …), the same one for each throughout: those that are known, and those that the texts show.
 */
export function anonymize(value: unknown, { hosts, users, clusters, authorities, contexts }: OwnNames): unknown {
  const texts = JSON.stringify(value);
  const addresses = [...(texts.match(IPV4) ?? []), ...(texts.match(IPV6) ?? []).filter((text) => isIPv6(text))];
  const nodes = [...texts.matchAll(NODE_OF_PATH)].flatMap(([, node]) => node ?? []);
  const realms = [...texts.matchAll(REALMS)].flatMap(([, list = '']) => list.split(', '));
  const objects = numbered(
    'object',
    [...texts.matchAll(OBJECT_OF_PATH)].flatMap(([, , name]) => name ?? []),
  );
  const named = [
    ...numbered('authority', authorities),
    ...numbered('user', [...users, ...(texts.match(USER) ?? [])]),
    ...numbered('host', [...hosts, ...nodes, ...addresses]),
    ...numbered('cluster', clusters),
  ];
  const ownRealms = numbered(
    'realm',
    realms.filter((realm) => !KNOWN_REALMS.includes(realm)),
  );
  const ownContexts = numbered('context', contexts);
  return mapTexts(value, (text) => {
    // These words may be any; only where they stand shows what they are.
    const inPlaces = text
      .replace(REALMS, (words, list: string) =>
        words.replace(
          list,
          list
            .split(', ')
            .map((realm) => placeholderOf(ownRealms, realm))
            .join(', '),
        ),
      )
      .replace(OBJECT_OF_PATH, (_path, type: string, name: string) => `/${type}/${placeholderOf(objects, name)}`)
      .replace(/\bcontext ([^\s:]+)/g, (_words, name: string) => `context ${placeholderOf(ownContexts, name)}`);
    return replaceAll(inPlaces, named);
  });
}
