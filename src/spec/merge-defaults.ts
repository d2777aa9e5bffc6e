import type { Field } from '../core/field.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { fits, takesDefault } from '../core/requires.ts';
import type { Origin } from '../core/resource.ts';
import { selectFields } from '../core/select-fields.ts';
import { type Document, rangeOfValue } from './document.ts';
import { writeOut } from './expand.ts';
import { placesOfField } from './field-places.ts';
import { childPointer } from './pointer.ts';
import { sortKeys } from './sort-keys.ts';

/** The defaults that a project file has for one kind, as a document of their own; `"*"` stands for every slot. */
export type ProjectDefaults = Document;

/** A spec with its defaults, and where each of its values came from. */
export interface MergedSpec {
  readonly spec: JsonObject;
  readonly origins: ReadonlyMap<string, Origin>;
}

type Spec = Record<string, Json>;
type OriginAt = (pointer: string) => Origin;

const BUILT_IN: Origin = { text: 'built-in default', builtIn: true };

function originIn(document: Document, pointer: string): Origin {
  const range = rangeOfValue(document, pointer);
  const { from, expression } = document.places.get(pointer) ?? {};
  const place = `${range.file}:${range.line}:${range.column}`;
  const origin: Origin = { text: from === undefined ? place : `${place}, from ${from}`, builtIn: false, range };
  if (from === undefined) return origin;
  return { ...origin, from, ...(expression === undefined ? {} : { expression }) };
}

/** Sets a value that the spec lacks, with the origins of all its parts. */
function put(
  parent: Spec,
  key: string,
  value: Json,
  pointer: string,
  originAt: OriginAt,
  origins: Map<string, Origin>,
): void {
  origins.set(pointer, originAt(pointer));
  if (isObject(value)) {
    const copy: Spec = {};
    parent[key] = copy;
    for (const [name, child] of Object.entries(value as JsonObject))
      put(copy, name, child, childPointer(pointer, name), originAt, origins);
    return;
  }
  parent[key] = value;
  if (Array.isArray(value))
    for (const index of value.keys()) origins.set(childPointer(pointer, index), originAt(childPointer(pointer, index)));
}

/** Fills in what the spec lacks: maps merge, scalars and lists stay as they are, and so does null. */
function fill(spec: Spec, value: JsonObject, pointer: string, originAt: OriginAt, origins: Map<string, Origin>): void {
  for (const [key, child] of Object.entries(value)) {
    const at = childPointer(pointer, key);
    const present = spec[key];
    if (!Object.hasOwn(spec, key)) put(spec, key, child, at, originAt, origins);
    else if (isObject(present) && isObject(child)) fill(present as Spec, child as JsonObject, at, originAt, origins);
  }
}

function fillFromProject(spec: Spec, defaults: ProjectDefaults, origins: Map<string, Origin>): void {
  const plain: Spec = {};
  for (const [key, value] of Object.entries(defaults.value)) {
    if (!isObject(value) || !Object.hasOwn(value, '*')) plain[key] = value;
    else {
      const { '*': _, ...slots } = value as Spec;
      // A map of nothing but "*" names no device, and must not hide the implied one.
      if (Object.keys(slots).length > 0) plain[key] = slots;
    }
  }
  fill(spec, plain, '', (pointer) => originIn(defaults, pointer), origins);
}

function fillSlotsFromProject(spec: Spec, defaults: ProjectDefaults, origins: Map<string, Origin>): void {
  for (const [key, value] of Object.entries(defaults.value)) {
    const forAll = isObject(value) ? value['*'] : undefined;
    const slots = spec[key];
    if (!isObject(forAll) || !isObject(slots)) continue;
    for (const [slot, device] of Object.entries(slots as Spec)) {
      if (!isObject(device)) continue;
      const at = childPointer(childPointer('', key), slot);
      const originAt: OriginAt = (pointer) =>
        originIn(defaults, `${childPointer(childPointer('', key), '*')}${pointer.slice(at.length)}`);
      fill(device as Spec, forAll as JsonObject, at, originAt, origins);
    }
  }
}

const hasDefault = (field: Field): boolean => field.default !== undefined;
const isImplied = (field: Field): boolean => hasDefault(field) && field.list !== undefined;
const isUnconditional = (field: Field): boolean => hasDefault(field) && field.requires === undefined;

const fromNobody: OriginAt = () => BUILT_IN;

function fillBuiltIn(spec: Spec, fields: readonly Field[], origins: Map<string, Origin>): void {
  for (const field of fields) {
    for (const { parent, key, pointer, slot } of placesOfField(spec, field, 'empty')) {
      if (!fits(field, spec, slot) || !takesDefault(field, spec, slot)) continue;
      put(parent, key, writeOut(field, field.default as Json), pointer, fromNobody, origins);
    }
  }
}

/**
 * Merges an expanded document with its defaults. Later wins: built-in defaults, the project file's defaults, the
 * document. Maps merge, scalars and lists replace, null stays; `"*"` slots of the project file fill every device that
 * is there and revive none written as null. `defaults: none` leaves out the built-in defaults; one that does not fit
 * what is written is left out too. Merging a merged spec changes nothing, and the order of keys never matters.
 */
export function mergeDefaults(
  document: Document,
  defaults: ProjectDefaults | undefined,
  fields: readonly Field[],
): MergedSpec {
  const spec: Spec = {};
  const origins = new Map<string, Origin>();
  // What a clone's document does not say stays as it is on the template (`defaults: builtin` asks for the defaults).
  const { clone, defaults: asked } = document.value;
  const unasked = isObject(clone) && asked === undefined;
  const builtIn = asked !== 'none' && !unasked;

  fill(spec, document.value, '', (pointer) => originIn(document, pointer), origins);
  if (unasked) put(spec, 'defaults', 'none', '/defaults', fromNobody, origins);
  if (defaults !== undefined) fillFromProject(spec, defaults, origins);
  if (builtIn) fillBuiltIn(spec, selectFields(fields, isImplied), origins);
  if (defaults !== undefined) fillSlotsFromProject(spec, defaults, origins);
  if (builtIn) {
    // Conditions look at the merged spec, so what they look at comes first.
    fillBuiltIn(spec, selectFields(fields, isUnconditional), origins);
    fillBuiltIn(spec, selectFields(fields, hasDefault), origins);
  }
  return { spec: sortKeys(spec) as JsonObject, origins };
}
