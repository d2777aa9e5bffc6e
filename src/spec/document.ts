import type { Range } from '../core/diagnostic.ts';
import type { JsonObject } from '../core/json.ts';

/** Where a value stands in its file, and the key that leads to it where it has one. */
export interface Place {
  readonly key?: Range;
  readonly value: Range;
}

/** One YAML document: its value, and the place of every part of it by JSON pointer. */
export interface Document {
  readonly file: string;
  /** Where the document begins: its first key. */
  readonly range: Range;
  readonly value: JsonObject;
  readonly places: ReadonlyMap<string, Place>;
}

/** The range to show for the value at a pointer: the value where it stands on its key's line, the key otherwise. */
export function rangeOfValue(document: Document, pointer: string): Range {
  const place = document.places.get(pointer);
  if (place === undefined) return document.range;
  const { key, value } = place;
  return key !== undefined && (value.line !== key.line || value.length === 0) ? key : value;
}

/** The range to show for the key at a pointer; the value's where it stands in a list. */
export function rangeOfKey(document: Document, pointer: string): Range {
  return document.places.get(pointer)?.key ?? rangeOfValue(document, pointer);
}
