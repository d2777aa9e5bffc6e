import { type PropertyString, PropertyStringError, parsePropertyString } from '../../../pve/codecs/property-string.ts';
import type { ApiFacts } from '../../../pve/facts/facts.ts';
import { configFormat, withPlainBooleans } from './config-key.ts';

/** A drive taken apart. */
export interface Drive {
  /** A volume id, `none`, `cdrom`, a path, or a request to allocate such as `local-lvm:32`. */
  readonly file: string;
  /** The other sub-keys; booleans are `1` and `0`. */
  readonly options: Readonly<Record<string, string>>;
}

/** `STORAGE:SIZE` or a bare size: a disk to allocate (qemu-server: PVE/QemuServer/Drive.pm, NEW_DISK_RE). */
const NEW_DISK = /^(?:([^/:\s]+):)?(\d+(?:\.\d+)?)$/;

/** Groups of throttle options that exclude each other or need each other. */
const THROTTLES = ['mbps', 'iops'] as const;

/**
 * Takes a drive apart as Proxmox VE does (qemu-server: PVE/QemuServer/Drive.pm, parse_drive); undefined where it
 * would refuse it: options that exclude each other, or a CD-ROM with options of disks.
 */
export function parseDrive(facts: ApiFacts, key: string, text: string): Drive | undefined {
  const format = configFormat(facts, key.startsWith('unused') ? 'unused0' : key);
  let values: PropertyString;
  try {
    values = withPlainBooleans(parsePropertyString(text, format), format);
  } catch (error) {
    if (error instanceof PropertyStringError) return undefined;
    throw error;
  }
  const { file, ...options } = values;
  if (file === undefined) return undefined;
  for (const throttle of THROTTLES) {
    for (const suffix of ['_rd', '_wr']) {
      if (options[throttle] !== undefined && options[throttle + suffix] !== undefined) return undefined;
    }
    for (const suffix of ['', '_rd', '_wr']) {
      const base = `${throttle}${suffix}`;
      if (options[`${base}_max`] !== undefined && options[base] === undefined) return undefined;
    }
  }
  if (options['media'] === 'cdrom') {
    if (options['snapshot'] !== undefined || options['format'] !== undefined) return undefined;
    if (key.startsWith('virtio')) return undefined;
  }
  return { file, options };
}

/** Prints a drive as Proxmox VE stores it: the volume, then the sub-keys sorted. */
export function printDrive(drive: Drive): string {
  const options = Object.keys(drive.options)
    .sort()
    .map((key) => `${key}=${drive.options[key]}`);
  return [drive.file, ...options].join(',');
}

/** A drive with some sub-keys set; undefined removes one. */
export function withOptions(drive: Drive, changes: Readonly<Record<string, string | undefined>>): Drive {
  const options: Record<string, string> = { ...drive.options };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete options[key];
    else options[key] = value;
  }
  return { file: drive.file, options };
}

/** Whether a drive is a CD-ROM; the drive with cloud-init data is one too. */
export function isCdrom(drive: Drive): boolean {
  return drive.options['media'] === 'cdrom';
}

/** Whether a drive is, or is to be, the one with the guest's cloud-init data. */
export function isCloudInitDrive(drive: Drive): boolean {
  return /[:/](?:vm-\d+-)?cloudinit(?:\.(?:raw|qcow2|vmdk))?$/.test(drive.file);
}

/** What `STORAGE:SIZE` asks for: the storage, where one is named, and the size in GiB as text. */
export function newDiskRequest(
  drive: Drive,
): { readonly storage: string | undefined; readonly size: string } | undefined {
  const match = NEW_DISK.exec(drive.file);
  return match?.[2] === undefined ? undefined : { storage: match[1], size: match[2] };
}

/** The storage in a volume id; undefined for `none`, `cdrom` and paths. */
export function storageOf(volid: string): string | undefined {
  return /^([^/:\s]+):.+$/.exec(volid)?.[1];
}

/** Bytes as Proxmox VE prints a disk's size: the largest unit that divides it (pve-common: PVE/JSONSchema.pm). */
export function printDiskSize(bytes: number): string {
  let size = bytes;
  let unit = '';
  for (const next of ['K', 'M', 'G', 'T']) {
    if (size % 1024 !== 0) break;
    size /= 1024;
    unit = next;
  }
  return `${size}${unit}`;
}

/** A disk's `size=` in bytes; undefined where it is none. */
export function parseDiskSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT])?$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  const power = match[2] === undefined ? 0 : ' KMGT'.indexOf(match[2]);
  return Math.trunc(Number(match[1]) * 1024 ** power);
}
