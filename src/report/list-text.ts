import { isObject, type Json } from '../core/json.ts';
import { formatValue } from './value-text.ts';

/** A list of maps as lines, one a map, for a comparison line by line; undefined for any other value. */
export function linesOfList(value: Json): string | undefined {
  const items: readonly Json[] | undefined = value === null ? [] : Array.isArray(value) ? value : undefined;
  if (items === undefined || !items.every((item) => isObject(item))) return undefined;
  return items.length === 0 ? '(none)' : items.map((item) => formatValue(item)).join('\n');
}

/** Whether a change is of a list of maps, as firewall rules are. */
export function isListOfMaps(before: Json, after: Json): boolean {
  const filled = [before, after].some((value) => Array.isArray(value) && value.length > 0 && isObject(value[0]));
  return filled && linesOfList(before) !== undefined && linesOfList(after) !== undefined;
}
