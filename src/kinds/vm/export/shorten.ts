import { isObject, type Json, type JsonObject } from '../../../core/json.ts';
import { vmFields } from '../../../generated/fields/vm.ts';

const SHORT = new Map(
  vmFields.flatMap((field) => (typeof field.shorthand === 'string' ? [[field.path, field.shorthand] as const] : [])),
);

/** The path of a value with `*` for its slot, where the fields have one there. */
function generalPath(path: readonly string[]): string {
  return path.map((part) => part.replace(/^(hostpci|usb|serial|parallel|virtiofs)\d+$/, '$1*')).join('.');
}

/**
 * A document with short forms where they say the same: `agent: true` for `agent: { enabled: true }`. What a list would be
 * a short form of stays a map of slots.
 */
export function shorten(document: JsonObject): JsonObject {
  const walk = (value: Json, path: readonly string[]): Json => {
    if (!isObject(value)) return value;
    const entries = Object.entries(value as JsonObject).map(
      ([key, child]) => [key, walk(child, [...path, key])] as const,
    );
    const only = SHORT.get(generalPath(path));
    const [first] = entries;
    if (only !== undefined && entries.length === 1 && first?.[0] === only) return first[1];
    return Object.fromEntries(entries);
  };
  const short = walk(document, []) as JsonObject;
  const { console: terminal } = short;
  const isSerial =
    isObject(terminal) &&
    Object.keys(terminal).length === 2 &&
    terminal['serial'] === 'socket' &&
    terminal['display'] === 'serial0';
  return isSerial ? { ...short, console: 'serial' } : short;
}
