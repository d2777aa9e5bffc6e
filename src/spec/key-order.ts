import { keysAt, type SchemasByKind, schemaAt, slotsAt } from './schema-node.ts';

/**
 * The keys of a map of a document in the order of its kind's schema: slots by bus and number, with `"*"` before them,
 * and keys that the schema does not know last, in the order in which they came. `path` leads to the map from the top.
 */
export function orderKeys(
  kind: string,
  path: readonly string[],
  keys: readonly string[],
  schemas: SchemasByKind,
): readonly string[] {
  const located = schemaAt(kind, path, schemas);
  const known = [...keysAt(located), '*', ...slotsAt(located).flat()];
  const rank = new Map(known.map((key, index) => [key, index]));
  const rankOf = (key: string): number => rank.get(key) ?? known.length;
  return [...keys].sort((left, right) => rankOf(left) - rankOf(right));
}
