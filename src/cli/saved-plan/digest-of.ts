import { createHash } from 'node:crypto';
import { isObject, type Json } from '../../core/json.ts';

/** A value whose keys are in one order, whoever wrote it. */
export function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  return Object.fromEntries(
    entries.sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, child]) => [key, sorted(child)]),
  );
}

/** The SHA-256 of a value's JSON text, in hexadecimal digits. */
export function digestOf(value: Json): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
