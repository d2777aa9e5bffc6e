import type { Field } from '../core/field.ts';
import { standsFor } from '../core/field-path.ts';
import { isObject, type Json } from '../core/json.ts';
import { nearest } from '../core/nearest.ts';
import {
  hasFreeNames,
  keysAt,
  type Located,
  type SchemasByKind,
  schemaAt,
  slotPart,
  slotsAt,
} from '../spec/schema-node.ts';
import { joinWords, writtenValue } from '../spec/words.ts';
import { effectWords } from './plan/effect-words.ts';

/** What the schema of a kind says of one field, for people and for programs. */
export interface FieldFacts {
  /** The kind and the path in its documents, with `*` for a slot: `vm.disks.*.size`. */
  readonly path: string;
  readonly description: string;
  /** What may stand there, in a few words each. */
  readonly values: readonly string[];
  /** The slots of a map of devices, as in `scsi0 to scsi30`. */
  readonly slots: readonly string[];
  readonly required: boolean;
  /** Whether it fills the create request, and is compared with an existing guest only where it is written. */
  readonly creation: boolean;
  /** The built-in default. */
  readonly default?: Json;
  /** Where the field has a meaning, and so its default applies: one of these. */
  readonly requires: readonly string[];
  /** The config key of Proxmox VE (`*`: the slot is the key), and the key inside its property string; absent where it is no config key. */
  readonly key?: string;
  readonly sub?: string;
  /** What a change of it does to a running guest. */
  readonly effect?: string;
  readonly privilege?: string;
  readonly since?: string;
  readonly until?: string;
  /** The value that means the same as absence. */
  readonly absent?: Json;
  /** The fields inside it. */
  readonly fields: readonly { readonly path: string; readonly description: string }[];
}

/** A path that no document has, and the nearest one that there is. */
export interface UnknownPath {
  readonly unknown: string;
  readonly nearest?: string;
  readonly known: readonly string[];
}

function descriptionOf(located: readonly Located[]): string {
  return located.find(({ node }) => node.description !== undefined)?.node.description ?? '';
}

function numberWords(type: string, { minimum, maximum, exclusiveMinimum }: Located['node']): string {
  if (minimum !== undefined && maximum !== undefined) return `${type} from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${type} from ${minimum}`;
  if (exclusiveMinimum !== undefined) return `${type} above ${exclusiveMinimum}`;
  return maximum === undefined ? type : `${type} up to ${maximum}`;
}

/** What a node of a schema allows, in a few words each. */
function valuesOf({ node, name }: Located): readonly string[] {
  if (name === 'size') return ['a size with a unit, as in 32GiB'];
  if (name === 'duration') return ['a duration, as in 30s or 5m'];
  if (node.const !== undefined) return [writtenValue(node.const)];
  if (node.enum !== undefined) return node.enum.map(writtenValue);
  const types = node.type === undefined ? [] : [node.type].flat();
  return types.map((type) => {
    if (type === 'object') return 'a map';
    if (type === 'array') return 'a list';
    if (type === 'boolean') return 'true or false';
    if (type === 'string') return 'text';
    return type === 'integer' || type === 'number' ? numberWords(type, node) : type;
  });
}

function requirementWords(condition: Readonly<Record<string, Json>>): string {
  const parts = Object.entries(condition).map(([key, value]) =>
    key === 'bus'
      ? `the bus is ${writtenValue(value)}`
      : `${key.slice(1).replaceAll('/', '.')} is ${value === null ? 'not written' : writtenValue(value)}`,
  );
  return joinWords(parts, 'and');
}

/** The path of a spec that the words of a user mean, with `*` for slots, or the nearest one. */
function findPath(kind: string, words: readonly string[], schemas: SchemasByKind): readonly string[] | UnknownPath {
  const path: string[] = [];
  for (const word of words) {
    const located = schemaAt(kind, asKeys(kind, path, schemas), schemas);
    const slots = slotsAt(located).flat();
    const sorts = sortsAt(located);
    const slot = slots.find((name) => standsFor(word, name));
    const part = slot === undefined ? undefined : slotPart(located, slot);
    // A star alone would stand for slots of several sorts.
    if (part !== undefined && (word !== '*' || part === '*')) {
      path.push(part);
      continue;
    }
    const others = keysAt(located);
    if (word === '*') return unknownPath(kind, path, word, [...others, ...sorts]);
    // `nvme0` is no field of a disk, and `size` is one of all disks.
    const isNoSlot = slots.length > 0 && (sorts.length > 0 || /\d$/.test(word)) && !others.includes(word);
    if (isNoSlot) return unknownPath(kind, path, word, [...others, ...slots]);
    if (slots.length > 0 && sorts.length === 0) path.push('*');
    const known = keysAt(schemaAt(kind, asKeys(kind, path, schemas), schemas));
    if (!known.includes(word)) return unknownPath(kind, path, word, known);
    path.push(word);
  }
  return path;
}

/** The sorts of slots of a map that has several, as in `usb*`. */
function sortsAt(located: readonly Located[]): readonly string[] {
  const parts = slotsAt(located).map(([slot = '']) => slotPart(located, slot) ?? '*');
  return [...new Set(parts)].filter((part) => part !== '*');
}

function unknownPath(kind: string, path: readonly string[], word: string, keys: readonly string[]): UnknownPath {
  const full = (key: string): string => [kind, ...path, key].join('.');
  const near = nearest(word, keys);
  return { unknown: full(word), ...(near === undefined ? {} : { nearest: full(near) }), known: keys.map(full) };
}

function childrenOf(kind: string, path: readonly string[], schemas: SchemasByKind): FieldFacts['fields'] {
  const at = schemaAt(kind, asKeys(kind, path, schemas), schemas);
  const [slot] = slotsAt(at).flat();
  const sorts = sortsAt(at);
  const inner = slot === undefined || sorts.length > 0 ? path : [...path, '*'];
  return [...keysAt(schemaAt(kind, asKeys(kind, inner, schemas), schemas)), ...sorts].map((key) => ({
    path: [kind, ...inner, key].join('.'),
    description: descriptionOf(schemaAt(kind, asKeys(kind, [...inner, key], schemas), schemas)),
  }));
}

/** A path with a slot in the place of each `*`, for a schema knows devices by their slots. */
function asKeys(kind: string, path: readonly string[], schemas: SchemasByKind): readonly string[] {
  const keys: string[] = [];
  for (const part of path) {
    const slots = part.endsWith('*') ? slotsAt(schemaAt(kind, keys, schemas)).flat() : [];
    keys.push(slots.find((slot) => standsFor(part, slot)) ?? part);
  }
  return keys;
}

/**
 * What the schema and the table of fields say of the field at a path below a kind (`disks.size`, `disks.scsi0.size` and
 * `disks.*.size` are the same; the empty path is the kind itself).
 */
export function factsOfField(
  kind: string,
  words: readonly string[],
  schemas: SchemasByKind,
  fields: readonly Field[],
): FieldFacts | UnknownPath {
  const path = findPath(kind, words, schemas);
  if (!Array.isArray(path)) return path as UnknownPath;
  const keys = asKeys(kind, path, schemas);
  const located = schemaAt(kind, keys, schemas);
  const field = fields.find((candidate) => candidate.path === path.join('.'));
  const owner = schemaAt(kind, keys.slice(0, -1), schemas);
  const key = field?.key === false ? undefined : field?.key;
  const fallback = field?.default ?? located.find(({ node }) => 'default' in node)?.node.default;
  // A group whose default is to be empty has none: its fields have their own.
  const hasDefault = fallback !== undefined && !(isObject(fallback) && Object.keys(fallback).length === 0);
  return {
    path: [kind, ...path].join('.'),
    description: descriptionOf(located),
    values: [...new Set(located.flatMap(valuesOf))],
    slots: hasFreeNames(located) ? [] : slotsAt(located).map((slots) => `${slots[0]} to ${slots.at(-1)}`),
    required: path.length > 0 && owner.some(({ node }) => node.required?.includes(path.at(-1) ?? '') === true),
    creation: field?.creation === true,
    ...(hasDefault ? { default: fallback } : {}),
    requires: (field?.requires ?? []).map(requirementWords),
    ...(key === undefined ? {} : { key }),
    ...(field?.sub === undefined ? {} : { sub: field.sub }),
    ...(field?.class === undefined ? {} : { effect: effectWords(field.class) }),
    ...(field?.privilege === undefined ? {} : { privilege: field.privilege }),
    ...(field?.since === undefined ? {} : { since: field.since }),
    ...(field?.until === undefined ? {} : { until: field.until }),
    ...(field?.absent === undefined ? {} : { absent: field.absent }),
    fields: childrenOf(kind, path, schemas),
  };
}
