import { type Json, jsonEqual } from '../../core/json.ts';
import { GIB } from '../../core/units.ts';
import { codecOf } from '../../pve/codecs/codecs.ts';
import { printPropertyString } from '../../pve/codecs/property-string.ts';
import type { ManagedValue } from '../kind.ts';
import { formatOf, isVolumeKey, storedParts } from './live.ts';
import { joinDescription, splitDescription } from './mark.ts';

// What tells of a volume in the spec, and stands in no config value.
const VOLUME_ONLY = new Set(['storage', 'format', 'size']);

// qemu-server's defaults for these have changed between versions: they are always sent.
const ALWAYS_SENT = new Set(['efidisk0 efitype', 'efidisk0 pre-enrolled-keys', 'tpmstate0 version']);

/** Whether a value means the same as absence, and so is not sent. */
function meansAbsence(managed: ManagedValue): boolean {
  const { field, value } = managed;
  if (value === undefined) return true;
  if (ALWAYS_SENT.has(`${managed.key} ${managed.sub}`)) return false;
  return field.absent !== undefined && jsonEqual(codecOf(field.codec ?? 'string').fromSpec(field.absent), value);
}

function isDevice({ field }: ManagedValue): boolean {
  return field.codec === 'volume' || field.codec === 'nic';
}

function print(managed: ManagedValue): string | number {
  return codecOf(managed.field.codec ?? 'string').print(managed.value as Json);
}

/** A property string of parts; undefined where none are left, or nothing that stands by itself. */
function printParts(key: string, parts: Readonly<Record<string, string>>): string | undefined {
  if (Object.keys(parts).length === 0 || (key === 'ide2' && parts['file'] === undefined)) return undefined;
  // The one sub-key with a meaning of absence that qemu-server still asks for (PVE/QemuServer/Agent.pm).
  const whole = key === 'agent' ? { enabled: '0', ...parts } : parts;
  return printPropertyString(whole, formatOf(key) ?? {});
}

/** Sizes in an allocation are GiB, with decimals where need be (qemu-server: PVE/QemuServer/Drive.pm, NEW_DISK_RE). */
function gibibytes(bytes: number): string {
  // Never in scientific notation, which small sizes would print in.
  return (bytes / GIB).toFixed(20).replace(/\.?0+$/, '');
}

/** What a new volume's value is: `STORAGE:SIZE`, its format and its options. */
export function newVolumeText(
  key: string,
  values: readonly ManagedValue[],
  fallbackStorage: string | undefined,
): string {
  const partOf = (sub: string): Json | undefined => values.find((managed) => managed.sub === sub)?.value;
  const storage = partOf('storage') ?? fallbackStorage;
  const size = partOf('size');
  const parts: Record<string, string> = { file: `${storage}:${typeof size === 'number' ? gibibytes(size) : '1'}` };
  const format = partOf('format');
  if (format !== undefined) parts['format'] = String(format);
  for (const managed of values) {
    if (managed.sub === undefined || VOLUME_ONLY.has(managed.sub) || meansAbsence(managed)) continue;
    parts[managed.sub] = String(print(managed));
  }
  return printPropertyString(parts, formatOf(key) ?? {});
}

/** A config value made of managed values alone; undefined where all of them mean absence. */
export function freshText(key: string, values: readonly ManagedValue[]): string | number | undefined {
  const scalar = values.find((managed) => managed.sub === undefined && !isDevice(managed));
  if (key === 'description') return freshDescription(values);
  if (scalar !== undefined && formatOf(key) === undefined) return meansAbsence(scalar) ? undefined : print(scalar);
  const parts: Record<string, string> = {};
  for (const managed of values) {
    if (managed.sub === undefined || meansAbsence(managed)) continue;
    parts[managed.sub] = String(print(managed));
  }
  if (key === 'ide2' && parts['file'] !== undefined) parts['media'] = 'cdrom';
  return printParts(key, parts);
}

function freshDescription(values: readonly ManagedValue[]): string | undefined {
  const text = values.find((managed) => managed.sub === 'text')?.value;
  const mark = values.find((managed) => managed.sub === 'mark')?.value;
  const joined = joinDescription(typeof text === 'string' ? text : '', typeof mark === 'string' ? mark : undefined);
  return joined === '' ? undefined : joined;
}

/**
 * A live config value with managed values laid over it: Proxmox VE replaces a property string as a whole, so that what
 * is not managed is sent along as it is. `size` of a volume is left out, since Proxmox VE reads it from the volume.
 * Undefined where nothing is left: the key is to be deleted.
 */
export function overlaidText(
  key: string,
  live: string | undefined,
  values: readonly ManagedValue[],
): string | number | undefined {
  if (live === undefined) return freshText(key, values);
  if (key === 'description') return overlaidDescription(live, values);
  const stored = storedParts(key, live);
  if (stored === undefined) return freshText(key, values);
  const parts: Record<string, string> = { ...stored };
  for (const managed of values) {
    if (managed.sub === undefined || (isVolumeKey(key) && VOLUME_ONLY.has(managed.sub))) continue;
    if (meansAbsence(managed)) delete parts[managed.sub];
    else parts[managed.sub] = String(print(managed));
  }
  if (isVolumeKey(key)) delete parts['size'];
  return printParts(key, parts);
}

function overlaidDescription(live: string, values: readonly ManagedValue[]): string | undefined {
  const before = splitDescription(live);
  const text = values.find((managed) => managed.sub === 'text');
  const mark = values.find((managed) => managed.sub === 'mark');
  const line = mark?.value ?? live.replace(/\s+$/, '').slice(live.replace(/\s+$/, '').lastIndexOf('\n') + 1);
  const keepsMark = mark !== undefined || before.mark !== undefined;
  const joined = joinDescription(
    text === undefined ? before.text : String(text.value ?? ''),
    keepsMark ? String(line) : undefined,
  );
  return joined === '' ? undefined : joined;
}
