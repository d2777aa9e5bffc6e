import { isObject, type Json, type JsonObject } from '../core/json.ts';

/** A value as a document writes it: what looks like a placeholder in its texts is text, and stays so (`$${`). */
export function escapePlaceholders(value: Json): Json {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map((item: Json) => escapePlaceholders(item));
  if (!isObject(value)) return value;
  const entries = Object.entries(value as JsonObject);
  return Object.fromEntries(entries.map(([key, child]) => [key, escapePlaceholders(child)]));
}
