import type { Field } from '../../core/field.ts';
import { partsOfPath, standsFor } from '../../core/field-path.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { vmFields } from '../../generated/fields/vm.ts';

/** One value of a spec that a field speaks of. */
export interface FieldValue extends Place {
  readonly slot: string | undefined;
  readonly value: Json;
}

/** Where a value stands. */
interface Place {
  /** As in `disks.scsi0.size`. */
  readonly path: string;
  readonly pointer: string;
  /** The pointer of the device, or the group, as in `/disks/scsi0`; the same as `pointer` where that goes no further down. */
  readonly device: string;
}

/** A field with its path taken apart, and the places that were made from it: the same ones in many documents. */
export interface FieldPath {
  readonly field: Field;
  readonly parts: readonly string[];
  /** The index of the part that stands for slots; -1 where there is none. */
  readonly slotPart: number;
  readonly places: Map<string, Place>;
}

/** Takes the paths of fields apart; no path has more than one part that stands for slots. */
export function fieldPathsOf(fields: readonly Field[]): readonly FieldPath[] {
  return fields.map((field) => {
    const parts = partsOfPath(field.path);
    return { field, parts, slotPart: parts.findIndex((part) => part.endsWith('*')), places: new Map() };
  });
}

/** The paths whose value is a config value of its own, or a device: null there says all there is to say. */
const MANAGED_PATHS: ReadonlySet<string> = new Set(
  vmFields.filter((field) => field.key !== false && field.codec !== undefined).map((field) => field.path),
);

const NOTHING: readonly FieldValue[] = [];

function placeIn({ parts, slotPart, places }: FieldPath, slot: string): Place {
  const known = places.get(slot);
  if (known !== undefined) return known;
  const path = parts.map((part, index) => (index === slotPart ? slot : part)).join('.');
  const pointerTo = (to: string): string => `/${to.replaceAll('.', '/')}`;
  const place = { path, pointer: pointerTo(path), device: pointerTo(path.split('.', 2).join('.')) };
  places.set(slot, place);
  return place;
}

/** What stands at the end of a path, from the first `from` parts on: null where a group above it is, and none else is meant. */
function valueBelow(value: Json | undefined, parts: readonly string[], from: number): Json | undefined {
  let below = value;
  for (let depth = from; depth < parts.length; depth += 1) {
    if (below === null) return MANAGED_PATHS.has(parts.slice(0, depth).join('.')) ? undefined : null;
    if (!isObject(below)) return undefined;
    below = below[parts[depth] as string] as Json | undefined;
  }
  return below;
}

/**
 * The values of a spec that a field's path stands for, one a slot: `disks.*.size` → `disks.scsi0.size`, … A group that is
 * written as null is null in each of its fields; a map of slots that is null says nothing of which slots there are.
 */
export function fieldValues(spec: JsonObject, fieldPath: FieldPath): readonly FieldValue[] {
  const { parts, slotPart } = fieldPath;
  if (slotPart < 0) {
    const value = valueBelow(spec, parts, 0);
    return value === undefined ? NOTHING : [{ ...placeIn(fieldPath, ''), slot: undefined, value }];
  }
  const slots = valueBelow(spec, parts.slice(0, slotPart), 0);
  if (!isObject(slots)) return NOTHING;
  const values: FieldValue[] = [];
  for (const slot of Object.keys(slots)) {
    if (!standsFor(parts[slotPart] as string, slot)) continue;
    const value = valueBelow(slots[slot] as Json, parts, slotPart + 1);
    if (value !== undefined) values.push({ ...placeIn(fieldPath, slot), slot, value });
  }
  return values;
}
