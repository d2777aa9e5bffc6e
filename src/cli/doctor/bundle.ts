import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import { isObject } from '../../core/json.ts';
import { redact } from '../../core/redact.ts';
import { toJsonText } from '../../report/json-text.ts';
import { OUTPUT_FORMAT_VERSION } from '../output.ts';
import type { Diagnosis } from './diagnose.ts';

/** What of this machine belongs into a diagnostics file. */
export interface MachineFacts {
  readonly pvevm: string;
  readonly node: string;
  readonly platform: string;
}

function hostOf(endpoint: string): string {
  const text = /^[a-z]+:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`;
  return URL.canParse(text) ? new URL(text).hostname.replace(/^\[|\]$/g, '') : endpoint;
}

function numbered(word: string, texts: Iterable<string>): readonly (readonly [string, string])[] {
  return [...new Set(texts)].filter((text) => text !== '').map((text, index) => [text, `${word}-${index + 1}`]);
}

function replaceAll(text: string, names: readonly (readonly [string, string])[]): string {
  // The longest first, so that `pve1.example` does not become `host-2.example`; and whole words only.
  const ordered = [...names].sort(([left], [right]) => right.length - left.length);
  return ordered.reduce((result, [name, placeholder]) => {
    const quoted = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return result.replace(new RegExp(`(?<![\\w-])${quoted}(?![\\w-])`, 'gi'), placeholder);
  }, text);
}

// Whom a report names although the settings did not: in refusals, and in the commands that grant privileges.
const USER = /(?<![:/\w])[^\s:/='"!\\]+@[A-Za-z][\w.-]*(?:![A-Za-z][\w.-]*)?/g;

/** A JSON value whose texts went through a function; its keys stay. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}

/**
 * The text of a diagnostics file: JSON, in which hosts, nodes, users and the home folder are placeholders (`host-1`,
 * `user-1`, `~`), the same one for each throughout. Values of settings are not in a diagnosis, only names.
 */
export function bundleText(diagnosis: Diagnosis, machine: MachineFacts, home: string | undefined): string {
  const { report, candidates, cluster, endpoints, user } = diagnosis;
  const settings = candidates.map(({ source, state, missing }) => ({
    ...{ ...source, state },
    ...(state === 'incomplete' ? { missing } : {}),
  }));
  const { nodes = [], ...facts } = cluster;
  const found = {
    settings,
    ...{ cluster: { ...facts, nodeCount: nodes.length }, checks: report.checks, privileges: report.privileges },
  };
  const hosts = numbered('host', [...endpoints.map(hostOf), ...nodes]);
  const mentioned = JSON.stringify(found).match(USER) ?? [];
  const users = numbered('user', [...(user === undefined ? [] : [user]), ...mentioned]);
  const change = (text: string): string => {
    const inHome = home === undefined || home === '/' ? text : text.replaceAll(home, '~');
    return replaceAll(replaceAll(redact(inHome), users), hosts);
  };
  const safe = mapTexts(found, change) as typeof found;
  return toJsonText({ formatVersion: OUTPUT_FORMAT_VERSION, machine, ...safe }, 2);
}

/**
 * Writes a diagnostics file that only its owner can read. Throws `CONSENT` where the file is there and may not be
 * replaced, and `CONFIG` where it cannot be written.
 */
export async function writeBundle(file: string, text: string, cwd: string, mayReplace: boolean): Promise<void> {
  const path = resolve(cwd, file);
  const exists = (await stat(path).catch(() => undefined)) !== undefined;
  if (exists && !mayReplace) {
    throw new PvevmError('CONSENT', `cannot write ${file}: there is a file of that name`, {
      hints: ['Take another name, or add --yes to replace it.'],
    });
  }
  // A file that is there may be open to others; what replaces it must not be, at no moment.
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new PvevmError('CONFIG', `cannot write the diagnostics to ${file}`, { cause });
  }
}
