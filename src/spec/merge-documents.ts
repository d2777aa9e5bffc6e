import type { Field } from '../core/field.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Document, Place } from './document.ts';
import { writeOut } from './expand.ts';
import { fieldAt } from './field-places.ts';
import { childPointer, keysOf } from './pointer.ts';

type Spec = Record<string, Json>;

/** Takes over the places of a value and of all its parts. */
function copyPlaces(from: ReadonlyMap<string, Place>, to: Map<string, Place>, value: Json, pointer: string): void {
  const place = from.get(pointer);
  if (place !== undefined) to.set(pointer, place);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) copyPlaces(from, to, child as Json, childPointer(pointer, key));
}

/**
 * Lays a document over its base: maps merge, lists and scalars replace, null stays null. A short form over a map, or
 * under one, is the map that it stands for. The name of a base is its own. Places say which file a value comes from.
 */
export function mergeDocuments(base: Document, over: Document, fields: readonly Field[]): Document {
  const places = new Map<string, Place>();
  const take = (from: Document, value: Json, pointer: string): Json => {
    copyPlaces(from.places, places, value, pointer);
    return value;
  };

  /** Writes a short form out where the other side is a map; its parts have its place. */
  const asMap = (document: Document, value: Json, other: Json, pointer: string): readonly [Document, Json] => {
    if (isObject(value) || !isObject(other)) return [document, value];
    const field = fieldAt(fields, keysOf(pointer));
    const long = field === undefined ? value : writeOut(field, value);
    const place = document.places.get(pointer);
    if (!isObject(long) || place === undefined) return [document, value];
    const parts = Object.keys(long).map((key) => [childPointer(pointer, key), place] as const);
    return [{ ...document, places: new Map([[pointer, place], ...parts]) }, long as JsonObject];
  };

  const merge = (below: Document, above: Document, lower: Json, upper: Json, pointer: string): Json => {
    const [lowerDocument, lowerMap] = asMap(below, lower, upper, pointer);
    const [upperDocument, upperMap] = asMap(above, upper, lower, pointer);
    if (!isObject(lowerMap) || !isObject(upperMap)) return take(above, upper, pointer);
    const place = upperDocument.places.get(pointer);
    if (place !== undefined) places.set(pointer, place);
    const result: Spec = {};
    const lowerSpec = lowerMap as Spec;
    const upperSpec = upperMap as Spec;
    for (const [key, value] of Object.entries(lowerSpec)) {
      const at = childPointer(pointer, key);
      const own = Object.hasOwn(upperSpec, key) ? upperSpec[key] : undefined;
      result[key] =
        own === undefined ? take(lowerDocument, value, at) : merge(lowerDocument, upperDocument, value, own, at);
    }
    for (const [key, value] of Object.entries(upperSpec)) {
      if (!Object.hasOwn(lowerSpec, key)) result[key] = take(upperDocument, value, childPointer(pointer, key));
    }
    return result;
  };

  const { name: _name, extends: _extends, ...inherited } = base.value as Spec;
  const value = merge(base, over, inherited, over.value, '') as JsonObject;
  return { file: over.file, range: over.range, value, places };
}
