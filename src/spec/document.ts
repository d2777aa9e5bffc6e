import type { Range } from '../core/diagnostic.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { childPointer } from './pointer.ts';

/** Where a value stands in its file, and the key that leads to it where it has one. */
export interface Place {
  readonly key?: Range;
  readonly value: Range;
  /** The placeholders that the value was made from, as in `${var.size}`. */
  readonly from?: string;
  /** A text that gives the value again in another document: `${env.NAME}`, `${file:PATH}` relative to the working folder. */
  readonly expression?: string;
}

/** One YAML document: its value, and the place of every part of it by JSON pointer. */
export interface Document {
  readonly file: string;
  /** Where the document begins: its first key. */
  readonly range: Range;
  readonly value: JsonObject;
  readonly places: ReadonlyMap<string, Place>;
}

/** Gives one place to a value that came in one piece, and to all its parts. */
export function placeParts(places: Map<string, Place>, value: Json, pointer: string, place: Place): void {
  places.set(pointer, place);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value))
    placeParts(places, child as Json, childPointer(pointer, key), place);
}

/** The range to show for the value at a pointer: the value where it stands on its key's line, the key otherwise. */
export function rangeOfValue(document: Document, pointer: string): Range {
  const place = document.places.get(pointer);
  if (place === undefined) return document.range;
  const { key, value } = place;
  return key !== undefined && (value.line !== key.line || value.length === 0) ? key : value;
}

/** The placeholders that the value at a pointer, or a map or a list around it, was made from; undefined where there are none. */
export function placeholdersOf(document: Document, pointer: string): string | undefined {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const place = document.places.get(at);
    if (place !== undefined) return place.from;
  }
  return undefined;
}

/** The range to show for the key at a pointer; the value's where it stands in a list. */
export function rangeOfKey(document: Document, pointer: string): Range {
  return document.places.get(pointer)?.key ?? rangeOfValue(document, pointer);
}
