import type { Field } from './field.ts';

type Predicate = (field: Field) => boolean;

const SELECTED = new WeakMap<readonly Field[], Map<Predicate, readonly Field[]>>();

/**
 * The fields of a list for which a predicate holds. Each predicate goes through each list once, however many documents there
 * are: both have to stay the same from call to call.
 */
export function selectFields(fields: readonly Field[], predicate: Predicate): readonly Field[] {
  const selections = SELECTED.get(fields) ?? new Map<Predicate, readonly Field[]>();
  SELECTED.set(fields, selections);
  const known = selections.get(predicate) ?? fields.filter(predicate);
  selections.set(predicate, known);
  return known;
}
