import type { Field } from './field.ts';
import { type Json, type JsonObject, jsonEqual } from './json.ts';
import { valueAt } from './resource.ts';

/** The bus of a slot: `scsi` of `scsi12`. */
export function busOf(slot: string): string {
  return slot.replace(/\d+$/, '');
}

/**
 * Whether a field fits where it stands: whether one of its `requires` conditions holds. `bus` speaks of the slot, a path
 * of another value of the spec, with `*` for the field's own slot; null there asks that nothing is written. A value that
 * the spec does not say is unknown, and contradicts nothing.
 */
export function fits(field: Field, spec: JsonObject, slot: string | undefined): boolean {
  if (field.requires === undefined) return true;
  const holds = (condition: Readonly<Record<string, Json>>): boolean =>
    Object.entries(condition).every(([key, wanted]) => {
      if (key === 'bus') return slot !== undefined && busOf(slot) === wanted;
      const found = valueAt(spec, slot === undefined ? key : key.replace('*', slot)) as Json | undefined;
      return found === undefined || jsonEqual(found, wanted);
    });
  return field.requires.some(holds);
}

/**
 * Whether a field's built-in default applies where it stands: not where a value is written that it gives way to. In the
 * paths of those, `*` is the field's own slot, or any slot where it has none.
 */
export function takesDefault(field: Field, spec: JsonObject, slot: string | undefined): boolean {
  return (field.defaultUnless ?? []).every((path) => {
    const [above = '', below = ''] = path.split('/*');
    const slots = path.includes('/*') && slot === undefined ? Object.keys(valueAt(spec, above) ?? {}) : [slot ?? ''];
    return slots.every((one) => {
      const found = valueAt(spec, path.includes('/*') ? `${above}/${one}${below}` : path);
      return found === undefined || found === null;
    });
  });
}
