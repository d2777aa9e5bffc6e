import { type Field, isConfigField, isWholeDevice } from '../../core/field.ts';
import type { Json } from '../../core/json.ts';
import { fits } from '../../core/requires.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import { vmFields } from '../../generated/fields/vm.ts';
import { codecOf } from '../../pve/codecs/codecs.ts';
import type { ManagedValue } from '../kind.ts';
import { createFieldTree, type FieldTree, type FieldValue, fieldValues } from './field-values.ts';

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

const MANAGED = createFieldTree(vmFields.filter(isConfigField));

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
  { field, device, pointer }: FieldValue,
  isBuiltIn: boolean,
  isPresent: boolean,
): boolean {
  const isOfSlot = field.path.includes('.*');
  if (!isOfSlot && field.creation !== true) return false;
  const isOfBuiltIn = originOf(resource, device).builtIn;
  if (isOfSlot && isOfBuiltIn) return true;
  if (field.creation !== true || !isBuiltIn) return false;
  return isPresent || isOfBuiltIn || device === pointer;
}

/**
 * The config values that a document manages, from its fields' annotations: what is written and the defaults it takes,
 * without creation values that nobody wrote, without defaults that the server's version lacks.
 */
export function projectVm(resource: Resource, { version, present }: ProjectionTarget): readonly ManagedValue[] {
  const managed: ManagedValue[] = [];
  for (const place of fieldValues(resource.spec, MANAGED)) {
    const { field } = place;
    const origin = originOf(resource, place.pointer);
    const key = keyOf(field, place.slot);
    if (present !== undefined && isCreationOnly(resource, place, origin.builtIn, present.has(key))) continue;
    if (origin.builtIn && !isInVersion(field, version)) continue;
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

const OUTSIDE = new Map<string, FieldTree>();

/** The fields that a version does not have; each version is looked at once. */
function fieldsOutside(version: string): FieldTree {
  const known = OUTSIDE.get(version) ?? createFieldTree(vmFields.filter((field) => !isInVersion(field, version)));
  OUTSIDE.set(version, known);
  return known;
}

/** The written fields that the server's version does not have. */
export function fieldsOutsideVersion(
  resource: Resource,
  version: string,
): readonly { readonly field: Field; readonly path: string }[] {
  return fieldValues(resource.spec, fieldsOutside(version))
    .filter((place) => place.value !== null && !originOf(resource, place.pointer).builtIn)
    .map(({ field, path }) => ({ field, path }));
}
