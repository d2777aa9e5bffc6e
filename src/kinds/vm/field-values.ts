import { type Field, isConfigField } from '../../core/field.ts';
import { partsOfPath, standsFor } from '../../core/field-path.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { vmFields } from '../../generated/fields/vm.ts';

/** Where a value stands. */
interface Place {
  /** As in `disks.scsi0.size`. */
  readonly path: string;
  readonly pointer: string;
  /** The pointer of the device, or the group, as in `/disks/scsi0`; the same as `pointer` where that goes no further down. */
  readonly device: string;
}

/** One value of a spec that a field speaks of. */
export interface FieldValue extends Place {
  readonly field: Field;
  readonly slot: string | undefined;
  readonly value: Json;
}

/** A field of a tree. */
interface Leaf {
  readonly field: Field;
  readonly parts: readonly string[];
  /** Its place among the fields. */
  readonly order: number;
  /** The places that it was found at, by slot: the same ones in many documents. */
  readonly places: Map<string, Place>;
}

/** The fields of which a path is the path, or the beginning of it. */
interface Branch {
  readonly leaves: Leaf[];
  readonly keys: Map<string, Branch>;
  /** What stands for the slots of devices, as `*` and `usb*`. */
  readonly slots: Map<string, Branch>;
  /** Whether null there is a value of its own. */
  isManaged: boolean;
}

/** Fields by the parts of their paths: of a spec only what it has is gone through. */
export interface FieldTree {
  readonly root: Branch;
}

/** The paths whose value is a config value of its own, or a device: null there says all there is to say. */
const MANAGED_PATHS: ReadonlySet<string> = new Set(vmFields.filter(isConfigField).map(({ path }) => path));

function newBranch(): Branch {
  return { leaves: [], keys: new Map(), slots: new Map(), isManaged: false };
}

/** Puts fields into a tree; no path has more than one part that stands for slots. */
export function createFieldTree(fields: readonly Field[]): FieldTree {
  const root = newBranch();
  for (const [order, field] of fields.entries()) {
    const parts = partsOfPath(field.path);
    let branch = root;
    for (const [depth, part] of parts.entries()) {
      const branches = part.endsWith('*') ? branch.slots : branch.keys;
      const next = branches.get(part) ?? newBranch();
      branches.set(part, next);
      next.isManaged = MANAGED_PATHS.has(parts.slice(0, depth + 1).join('.'));
      branch = next;
    }
    branch.leaves.push({ field, parts, order, places: new Map() });
  }
  return { root };
}

function placeOf({ parts, places }: Leaf, slot: string | undefined): Place {
  const known = places.get(slot ?? '');
  if (known !== undefined) return known;
  const path = parts.map((part) => (part.endsWith('*') ? slot : part)).join('.');
  const pointerTo = (to: string): string => `/${to.replaceAll('.', '/')}`;
  const place = { path, pointer: pointerTo(path), device: pointerTo(path.split('.', 2).join('.')) };
  places.set(slot ?? '', place);
  return place;
}

interface Found {
  readonly leaf: Leaf;
  readonly slot: string | undefined;
  readonly value: Json;
}

/** Finds null for all fields below a group that is null; a map of slots says nothing of which slots there are. */
function findNull(found: Found[], branch: Branch, slot: string | undefined): void {
  for (const leaf of branch.leaves) found.push({ leaf, slot, value: null });
  for (const below of branch.keys.values()) findNull(found, below, slot);
}

function find(found: Found[], branch: Branch, value: Json, slot: string | undefined): void {
  if (value === null && !branch.isManaged) {
    findNull(found, branch, slot);
    return;
  }
  for (const leaf of branch.leaves) found.push({ leaf, slot, value });
  if (!isObject(value)) return;
  const map = value as Readonly<Record<string, Json | undefined>>;
  for (const key of Object.keys(map)) {
    const child = map[key];
    if (child === undefined) continue;
    const named = branch.keys.get(key);
    if (named !== undefined) find(found, named, child, slot);
    for (const [part, device] of branch.slots) if (standsFor(part, key)) find(found, device, child, key);
  }
}

/**
 * The values of a spec that fields speak of, in the order of the fields, one a slot: `disks.*.size` → `disks.scsi0.size`, …
 * A group that is written as null is null in each of its fields.
 */
export function fieldValues(spec: JsonObject, { root }: FieldTree): readonly FieldValue[] {
  const found: Found[] = [];
  find(found, root, spec, undefined);
  found.sort((left, right) => left.leaf.order - right.leaf.order);
  return found.map(({ leaf, slot, value }) => {
    const { path, pointer, device } = placeOf(leaf, slot);
    return { field: leaf.field, path, pointer, device, slot, value };
  });
}
