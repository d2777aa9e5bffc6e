import type { Field } from '../core/field.ts';
import { standsFor } from '../core/field-path.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { childPointer } from './pointer.ts';

/** One place of a spec that a field speaks of: the map it stands in, its key there, and its slot where it has one. */
export interface FieldPlace {
  readonly parent: Record<string, Json>;
  readonly key: string;
  readonly pointer: string;
  readonly slot: string | undefined;
}

/**
 * The places of a spec that a field's path stands for: one for `cpu.cores`, one a slot for `disks.*.size`. A place may
 * be empty; a place whose map does not exist is none.
 */
export function placesOfField(spec: JsonObject, field: Pick<Field, 'path'>): readonly FieldPlace[] {
  const places: FieldPlace[] = [];
  const walk = (parent: Json | undefined, path: readonly string[], pointer: string, slot: string | undefined): void => {
    const [part, ...rest] = path;
    if (part === undefined || !isObject(parent)) return;
    const known = parent as Record<string, Json>;
    const isSlot = part.endsWith('*');
    for (const key of isSlot ? Object.keys(known).filter((name) => standsFor(part, name)) : [part]) {
      const at = childPointer(pointer, key);
      const slotHere = isSlot ? key : slot;
      if (rest.length === 0) places.push({ parent: known, key, pointer: at, slot: slotHere });
      else walk(known[key], rest, at, slotHere);
    }
  };
  walk(spec, field.path.split('.'), '', undefined);
  return places;
}

/** The field at a pointer of a spec, as in `/disks/scsi0/size`; undefined where no field has that path. */
export function fieldAt(fields: readonly Field[], path: readonly string[]): Field | undefined {
  return fields.find((field) => {
    const parts = field.path.split('.');
    return parts.length === path.length && parts.every((part, index) => standsFor(part, path[index] ?? ''));
  });
}
