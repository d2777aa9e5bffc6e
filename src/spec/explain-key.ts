import type { Field } from '../core/field.ts';
import { nearest } from '../core/nearest.ts';
import type { Words } from './explain-value.ts';
import { displayPointer, keysOf } from './pointer.ts';
import { ownNameOf } from './proxmox-name.ts';
import { hasFreeNames, keysAt, type Located, slotsAt } from './schema-node.ts';
import { displayValue, joinWords, suggest, withArticle } from './words.ts';

function ownerOf(kind: string, pointer: string): string {
  if (pointer !== '') return displayPointer(pointer);
  return kind === 'project' ? 'A project file' : `A${withArticle(kind).slice(1)} document`;
}

function explainUnknownSlot(
  owner: string,
  key: string,
  slots: readonly (readonly string[])[],
  others: readonly string[],
  near: string | undefined,
): Words {
  if (key === '*')
    return [
      'unknown slot',
      `${owner} has no slot "*". It stands for every device in the defaults of pvevm.yaml only; name the slot here.`,
    ];
  if (near !== undefined) return ['unknown slot', `${owner} has no slot ${displayValue(key)}. Did you mean ${near}?`];
  const ranges = [...slots.map((ofBus) => `${ofBus[0]} to ${ofBus.at(-1)}`), ...others];
  return ['unknown slot', `${owner} has no slot ${displayValue(key)}. Its slots are ${joinWords(ranges, 'and')}.`];
}

/** Words for a key that a map does not have: the nearest one that it has, where a key of that name stands, or what a name of Proxmox VE's is here. */
export function explainUnknownKey(
  kind: string,
  pointer: string,
  key: string,
  located: readonly Located[],
  fields: readonly Field[],
): Words {
  const owner = ownerOf(kind, pointer);
  const slots = slotsAt(located);
  const known = keysAt(located);
  const path = keysOf(pointer);
  const own = ownNameOf(kind === 'project' && path[0] === 'defaults' ? path.slice(2) : path, key, fields);
  if (hasFreeNames(located)) {
    // pve-firewall: PVE/Firewall.pm, $ipset_name_pattern and $ip_alias_pattern, with the lengths of both.
    const form = 'Names are 2 to 64 letters, digits, hyphens and underscores, and begin with a letter';
    return ['no name', `${owner} cannot have the name ${displayValue(key)}. ${form}.`];
  }
  if (slots.length > 0) {
    return explainUnknownSlot(owner, key, slots, known, own ?? nearest(key, known));
  }
  // A key in the wrong map is no typing error: `cores` beside `cpu`. Inside a map, common words are no sign of that.
  const elsewhere = fields
    .filter((field) => pointer === '' || field.key !== false)
    .find((field) => !field.path.includes('*') && field.path.endsWith(`.${key}`))?.path;
  return [
    'unknown key',
    `${owner} has no key ${displayValue(key)}. ${suggest(own ?? elsewhere ?? nearest(key, known), known)}`,
  ];
}

const NAMELESS = ' Only a base has none, and nothing that was read extends this document.';

/** Words for a key that must be there and is not. */
export function explainMissingKey(kind: string, pointer: string, key: string, located: readonly Located[]): Words {
  const isBase = pointer === '' && key === 'name' ? NAMELESS : '';
  const description = located
    .map(({ node, root }) => {
      const child = node.properties?.[key];
      return child?.description ?? root.definitions?.[child?.$ref?.split('/').at(-1) ?? '']?.description;
    })
    .find((found) => found !== undefined);
  return [
    'missing key',
    `${ownerOf(kind, pointer)} needs the key ${key}.${description === undefined ? '' : ` ${description}`}${isBase}`,
  ];
}
