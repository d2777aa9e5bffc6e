import { type Field, isWholeDevice } from '../../core/field.ts';
import { partsOfPath, standsFor } from '../../core/field-path.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { fits } from '../../core/requires.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import { vmFields } from '../../generated/fields/vm.ts';
import { codecOf } from '../../pve/codecs/codecs.ts';
import type { ManagedValue } from '../kind.ts';

/** What projecting needs to know of the cluster and of the live side. */
export interface ProjectionTarget {
  /** The server's version, as in `9.2`. */
  readonly version: string;
  /** The config keys that the guest has; undefined where it is to be created. */
  readonly present: ReadonlySet<string> | undefined;
}

function compareVersions(left: string, right: string): number {
  // Releases before 8.0 are written as in 7.4-3.
  const [a = 0, b = 0] = left.split(/[.-]/).map(Number);
  const [c = 0, d = 0] = right.split(/[.-]/).map(Number);
  return a - c || b - d;
}

/** Whether a version of Proxmox VE has a field. */
export function isInVersion(field: Field, version: string): boolean {
  if (field.since !== undefined && compareVersions(version, field.since) < 0) return false;
  return field.until === undefined || compareVersions(version, field.until) <= 0;
}

/** The paths whose value is a config value of its own, or a device: null there says all there is to say. */
const MANAGED_PATHS: ReadonlySet<string> = new Set(
  vmFields.filter((field) => field.key !== false && field.codec !== undefined).map((field) => field.path),
);

interface FieldPlace {
  readonly path: string;
  readonly pointer: string;
  readonly slot: string | undefined;
  readonly value: Json;
}

/** A field with its path taken apart. */
interface FieldParts {
  readonly field: Field;
  readonly parts: readonly string[];
  /** Where it stands; undefined where it has slots. */
  readonly pointer: string | undefined;
}

const pointerTo = (path: string): string => `/${path.replaceAll('.', '/')}`;

const partsOf = (fields: readonly Field[]): readonly FieldParts[] =>
  fields.map((field) => ({
    field,
    parts: partsOfPath(field.path),
    pointer: field.path.includes('*') ? undefined : pointerTo(field.path),
  }));

const MANAGED = partsOf(vmFields.filter((field) => field.key !== false && field.codec !== undefined));

const MANAGED_BY_GROUPS = new Map<string, readonly FieldParts[]>();

/** The managed fields of the groups that a spec has: some ten of all there are, and the same ones in many documents. */
function managedIn(spec: JsonObject): readonly FieldParts[] {
  const groups = Object.keys(spec).join(' ');
  const known = MANAGED_BY_GROUPS.get(groups) ?? MANAGED.filter(({ parts: [group = ''] }) => group in spec);
  MANAGED_BY_GROUPS.set(groups, known);
  return known;
}

/** Adds the places below a value that stands at the first `depth` parts of a path, as `done`. */
function walk(
  places: FieldPlace[],
  path: readonly string[],
  value: Json | undefined,
  depth: number,
  done: string,
  slot: string | undefined,
): void {
  const part = path[depth];
  if (part === undefined) {
    if (value !== undefined) places.push({ path: done, pointer: pointerTo(done), slot, value });
    return;
  }
  if (value === null && !MANAGED_PATHS.has(path.slice(0, depth).join('.'))) {
    const rest = path.slice(depth);
    // A map of slots that is null says nothing of which slots there are.
    const whole = [done, ...rest].join('.');
    if (!rest.includes('*')) places.push({ path: whole, pointer: pointerTo(whole), slot, value });
    return;
  }
  if (!isObject(value)) return;
  const before = depth === 0 ? '' : `${done}.`;
  if (!part.endsWith('*')) {
    if (value[part] !== undefined) walk(places, path, value[part] as Json, depth + 1, `${before}${part}`, slot);
    return;
  }
  for (const key of Object.keys(value))
    if (standsFor(part, key)) walk(places, path, value[key] as Json, depth + 1, `${before}${key}`, key);
}

const NOWHERE: readonly FieldPlace[] = [];

/** The place of a field that has no slots. */
function placeOf(spec: JsonObject, path: string, parts: readonly string[], pointer: string): readonly FieldPlace[] {
  let value: Json | undefined = spec;
  for (let depth = 0; depth < parts.length; depth += 1) {
    if (value === null && MANAGED_PATHS.has(parts.slice(0, depth).join('.'))) return NOWHERE;
    if (value === null) break;
    if (!isObject(value)) return NOWHERE;
    value = value[parts[depth] as string] as Json | undefined;
  }
  return value === undefined ? NOWHERE : [{ path, pointer, slot: undefined, value }];
}

/**
 * The places of a spec that a field's path stands for, one a slot: `disks.*.size` → `disks.scsi0.size`, … A group that
 * is written as null is null in each of its fields.
 */
function placesOf(spec: JsonObject, { field, parts, pointer }: FieldParts): readonly FieldPlace[] {
  if (pointer !== undefined) return placeOf(spec, field.path, parts, pointer);
  const places: FieldPlace[] = [];
  walk(places, parts, spec, 0, '', undefined);
  return places;
}

function keyOf(field: Field, slot: string | undefined): string {
  const key = field.key as string;
  if (slot === undefined || !key.includes('*')) return key;
  const prefix = key.slice(0, key.indexOf('*'));
  // The addresses of net0 are ipconfig0: the number of the slot is the key's.
  return slot.startsWith(prefix) ? slot : `${prefix}${/\d+$/.exec(slot)?.[0] ?? ''}`;
}

/**
 * Whether a value of an existing guest counts at creation alone: creation values that nobody wrote, and all of an
 * implied device (scsi0, net0 of a document that names none). A written device that the guest lacks is created now.
 */
function isCreationOnly(
  resource: Resource,
  field: Field,
  pointer: string,
  key: string,
  present: ReadonlySet<string>,
): boolean {
  const isOfSlot = field.path.includes('.*');
  if (!isOfSlot && field.creation !== true) return false;
  const parts = pointer.split('/');
  const deviceOrigin = originOf(resource, parts.slice(0, 3).join('/'));
  if (isOfSlot && deviceOrigin.builtIn) return true;
  if (field.creation !== true || !originOf(resource, pointer).builtIn) return false;
  return present.has(key) || deviceOrigin.builtIn || parts.length < 4;
}

/**
 * The config values that a document manages, from its fields' annotations: what is written and the defaults it takes,
 * without creation values that nobody wrote, without defaults that the server's version lacks.
 */
export function projectVm(resource: Resource, target: ProjectionTarget): readonly ManagedValue[] {
  const managed: ManagedValue[] = [];
  for (const parts of managedIn(resource.spec)) {
    const { field } = parts;
    for (const place of placesOf(resource.spec, parts)) {
      const { pointer } = place;
      const origin = originOf(resource, pointer);
      const key = keyOf(field, place.slot);
      if (target.present !== undefined && isCreationOnly(resource, field, pointer, key, target.present)) continue;
      if (origin.builtIn && !isInVersion(field, target.version)) continue;
      // A value of creation that stands beside an attached volume has no meaning: the volume is there.
      if (place.slot !== undefined && field.creation === true && !fits(field, resource.spec, place.slot)) continue;
      managed.push({
        path: place.path,
        key,
        ...(field.sub === undefined ? {} : { sub: field.sub }),
        field: fieldOn(key, field),
        value: place.value === null ? undefined : deviceOr(field, place.value),
        origin: origin.text,
        builtIn: origin.builtIn,
      });
    }
  }
  return managed;
}

/** The field as it is on its slot: drives on ide and sata are never plugged into a running guest. */
export function fieldOn(key: string, field: Field): Field {
  return field.class === 'H:disk' && /^(ide|sata)/.test(key) ? { ...field, class: 'P' } : field;
}

function deviceOr(field: Field, value: Json): Json {
  // A device as a whole is managed by its presence; its parts are values of their own.
  return isWholeDevice(field) ? true : codecOf(field.codec as string).fromSpec(value);
}

const OUTSIDE = new Map<string, readonly FieldParts[]>();

/** The fields that a version does not have; each version is looked at once. */
function fieldsOutside(version: string): readonly FieldParts[] {
  const known = OUTSIDE.get(version) ?? partsOf(vmFields.filter((field) => !isInVersion(field, version)));
  OUTSIDE.set(version, known);
  return known;
}

/** The written fields that the server's version does not have. */
export function fieldsOutsideVersion(
  resource: Resource,
  version: string,
): readonly { readonly field: Field; readonly path: string }[] {
  return fieldsOutside(version).flatMap((parts) =>
    placesOf(resource.spec, parts)
      .filter((place) => place.value !== null && !originOf(resource, place.pointer).builtIn)
      .map((place) => ({ field: parts.field, path: place.path })),
  );
}
