import { isWholeDevice } from '../../core/field.ts';
import { type Json, jsonEqual } from '../../core/json.ts';
import { GIB } from '../../core/units.ts';
import { codecOf } from '../../pve/codecs/codecs.ts';
import { printPropertyString } from '../../pve/codecs/property-string.ts';
import type { ManagedValue } from '../kind.ts';
import { smbiosText } from './devices/smbios.ts';
import { joinDescription, type Mark, splitDescription, withUnfinished, withUntil } from './identity/mark.ts';
import { formatOf, isVolumeKey, storedParts } from './live.ts';

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
  return isWholeDevice(field);
}

function print(managed: ManagedValue): string | number {
  return codecOf(managed.field.codec ?? 'string').print(managed.value as Json);
}

// The sub-keys with a meaning of absence that qemu-server still asks for (PVE/QemuServer/Agent.pm, CPUConfig.pm), and those
// that a device is said by which has nothing else to say.
const REQUIRED_PARTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  agent: { enabled: '0' },
  'intel-tdx': { type: 'tdx', attestation: '1' },
  watchdog: { model: 'i6300esb' },
};

// Devices that are there though every part of them means absence.
const STANDS_ALONE = new Set(['intel-tdx', 'watchdog']);

/** A property string of parts; undefined where none are left, or nothing that stands by itself. */
function printParts(key: string, parts: Readonly<Record<string, string>>): string | undefined {
  if ((Object.keys(parts).length === 0 && !STANDS_ALONE.has(key)) || (key === 'ide2' && parts['file'] === undefined))
    return undefined;
  // An empty order cannot be written as one; a blank stands for it (qemu-server: PVE/QemuServer.pm, print_bootorder).
  if (key === 'boot' && parts['order'] === '') return ' ';
  return printPropertyString({ ...REQUIRED_PARTS[key], ...parts }, formatOf(key) ?? {});
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
  const volume = partOf('file');
  // A copy is as large as what it is a copy of, and its size is written as 0.
  const isCopy = partOf('import-from') !== undefined;
  const allocated = `${storage}:${isCopy ? '0' : typeof size === 'number' ? gibibytes(size) : '1'}`;
  const parts: Record<string, string> = { file: volume === undefined ? allocated : String(volume) };
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
  if (key === 'smbios1') return smbiosText(undefined, values);
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
  const until = values.find((managed) => managed.sub === 'until')?.value;
  const line = typeof mark === 'string' ? withUntil(mark, typeof until === 'string' ? until : undefined) : undefined;
  const joined = joinDescription(typeof text === 'string' ? text : '', line);
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
  if (key === 'smbios1') return smbiosText(live, values);
  const stored = storedParts(key, live);
  if (stored === undefined) return freshText(key, values);
  const parts: Record<string, string> = { ...stored };
  for (const managed of values) {
    if (managed.sub === undefined || (isVolumeKey(key) && VOLUME_ONLY.has(managed.sub))) continue;
    if (meansAbsence(managed)) delete parts[managed.sub];
    else parts[managed.sub] = String(print(managed));
  }
  if (isVolumeKey(key)) delete parts['size'];
  // The legacy form would count before an order beside it (qemu-server: PVE/QemuServer.pm, device_bootorder).
  if (key === 'boot') delete parts['legacy'];
  return printParts(key, parts);
}

/** The mark's line as it is to be; an end, and the word for what is not finished, that are not managed stay those of the same guest. */
function markLine(before: Mark | undefined, values: readonly ManagedValue[]): string | undefined {
  const mark = values.find((managed) => managed.sub === 'mark')?.value;
  if (typeof mark !== 'string') return undefined;
  const until = values.find((managed) => managed.sub === 'until');
  const kept = splitDescription(mark).mark?.vmid === before?.vmid ? before : undefined;
  const isUnfinished = kept?.unfinished === true && !values.some((managed) => managed.sub === 'unfinished');
  const line = isUnfinished ? withUnfinished(mark) : mark;
  return withUntil(line, until === undefined ? kept?.until : (until.value as string | undefined));
}

function overlaidDescription(live: string, values: readonly ManagedValue[]): string | undefined {
  const before = splitDescription(live);
  const text = values.find((managed) => managed.sub === 'text');
  const mark = values.find((managed) => managed.sub === 'mark');
  const line =
    markLine(before.mark, values) ?? live.replace(/\s+$/, '').slice(live.replace(/\s+$/, '').lastIndexOf('\n') + 1);
  const keepsMark = mark !== undefined || before.mark !== undefined;
  const joined = joinDescription(
    text === undefined ? before.text : String(text.value ?? ''),
    keepsMark ? String(line) : undefined,
  );
  return joined === '' ? undefined : joined;
}
