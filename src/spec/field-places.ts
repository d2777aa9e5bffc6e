import type { Field } from '../core/field.ts';
import { partsOfPath, standsFor } from '../core/field-path.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { childPointer } from './pointer.ts';

/** One place of a spec that a field speaks of: the map it stands in, its key there, and its slot where it has one. */
export interface FieldPlace {
  readonly parent: Record<string, Json>;
  readonly key: string;
  readonly pointer: string;
  readonly slot: string | undefined;
}

const NOWHERE: readonly FieldPlace[] = [];

type Parent = FieldPlace['parent'];

/** Which places are meant: those with a value, those without one, or both. */
type Which = 'filled' | 'empty' | 'all';

function isMeant(parent: Parent, key: string, which: Which): boolean {
  return which === 'all' || Object.hasOwn(parent, key) === (which === 'filled');
}

/** The places in the slots of a map that stands at the first `depth` parts of a path. */
function placesInSlots(
  parent: Parent,
  path: readonly string[],
  which: Which,
  depth: number,
  pointer: string,
): readonly FieldPlace[] {
  const part = path[depth] as string;
  const slots = Object.keys(parent).filter((key) => standsFor(part, key));
  if (depth < path.length - 1)
    return slots.flatMap((key) => placesBelow(parent[key], path, which, depth + 1, childPointer(pointer, key), key));
  return slots
    .filter((key) => isMeant(parent, key, which))
    .map((key) => ({ parent, key, pointer: childPointer(pointer, key), slot: key }));
}

/** The places below a value that stands at the first `from` parts of a path. */
function placesBelow(
  value: Json | undefined,
  path: readonly string[],
  which: Which,
  from: number,
  above: string,
  slot: string | undefined,
): readonly FieldPlace[] {
  let parent = value;
  let pointer = above;
  for (let depth = from; isObject(parent); depth += 1) {
    const map = parent as Parent;
    const key = path[depth] as string;
    if (key.endsWith('*')) return placesInSlots(map, path, which, depth, pointer);
    if (depth === path.length - 1)
      return isMeant(map, key, which) ? [{ parent: map, key, pointer: childPointer(pointer, key), slot }] : NOWHERE;
    parent = map[key];
    pointer = childPointer(pointer, key);
  }
  return NOWHERE;
}

/**
 * The places of a spec that a field's path stands for: one for `cpu.cores`, one a slot for `disks.*.size`. A place may
 * be empty; a place whose map does not exist is none. Asked for each field of each document.
 */
export function placesOfField(
  spec: JsonObject,
  field: Pick<Field, 'path'>,
  which: Which = 'all',
): readonly FieldPlace[] {
  return placesBelow(spec, partsOfPath(field.path), which, 0, '', undefined);
}

/** The field at a pointer of a spec, as in `/disks/scsi0/size`; undefined where no field has that path. */
export function fieldAt(fields: readonly Field[], path: readonly string[]): Field | undefined {
  return fields.find((field) => {
    const parts = partsOfPath(field.path);
    return parts.length === path.length && parts.every((part, index) => standsFor(part, path[index] ?? ''));
  });
}
