import type { Field } from '../core/field.ts';
import { nearest } from '../core/nearest.ts';
import type { Words } from './explain-value.ts';
import { displayPointer } from './pointer.ts';
import { keysAt, type Located, slotsAt } from './schema-node.ts';
import { displayValue, joinWords, suggest } from './words.ts';

function ownerOf(kind: string, pointer: string): string {
  if (pointer !== '') return displayPointer(pointer);
  return kind === 'project' ? 'A project file' : `A ${kind} document`;
}

function explainUnknownSlot(owner: string, key: string, slots: readonly (readonly string[])[]): Words {
  if (key === '*')
    return [
      'unknown slot',
      `${owner} has no slot "*". It stands for every device in the defaults of pvevm.yaml only; name the slot here.`,
    ];
  const ranges = slots.map((ofBus) => `${ofBus[0]} to ${ofBus.at(-1)}`);
  return ['unknown slot', `${owner} has no slot ${displayValue(key)}. Its slots are ${joinWords(ranges, 'and')}.`];
}

/** Words for a key that a map does not have: the nearest one that it has, or where a key of that name stands. */
export function explainUnknownKey(
  kind: string,
  pointer: string,
  key: string,
  located: readonly Located[],
  fields: readonly Field[],
): Words {
  const owner = ownerOf(kind, pointer);
  const slots = slotsAt(located);
  if (slots.length > 0) return explainUnknownSlot(owner, key, slots);
  const known = keysAt(located);
  // A key in the wrong map is no typing error: `cores` beside `cpu`.
  const elsewhere = fields.find((field) => !field.path.includes('*') && field.path.endsWith(`.${key}`))?.path;
  return [
    'unknown key',
    `${owner} has no key ${displayValue(key)}. ${suggest(elsewhere ?? nearest(key, known), known)}`,
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
