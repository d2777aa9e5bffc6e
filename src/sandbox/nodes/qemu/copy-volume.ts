import { failure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { StorageDefinition, Volume } from '../../host.ts';
import { allocateVolume, relativeBase } from './allocate-volume.ts';
import { type Drive, isCloudInitDrive, printDiskSize, withOptions } from './drive.ts';
import type { GuestScope } from './guest.ts';
import { isFileStorage, storageNamed } from './storage-access.ts';

const MIB = 1024 * 1024;
const FILE_FORMATS: ReadonlySet<string> = new Set(['raw', 'qcow2', 'vmdk']);

/** Where a copy goes; what is not said stays as it is at the source. */
export interface CopyTarget {
  readonly storage?: string;
  readonly format?: string;
}

/**
 * Copies a volume for the guest of the scope, with the lines of the task's log (qemu-server: PVE/QemuServer.pm,
 * clone_disk). Throws where the source is not there.
 */
export function copyVolume(
  scope: GuestScope,
  key: string,
  volid: string,
  target: CopyTarget,
): { readonly volume: Volume; readonly size: number } {
  const source = scope.host.volumes.find(volid, scope.node);
  if (source === undefined) throw failure(`volume '${volid}' does not exist`);
  const storage = storageNamed(scope.host, target.storage ?? source.storage);
  scope.log(`create full clone of drive ${key} (${volid})`);
  const isCloudInit = isCloudInitDrive({ file: volid, options: {} });
  const format = copyFormat(storage, key === 'tpmstate0' ? 'raw' : (target.format ?? source.format));
  const suffix = isFileStorage(storage) ? `.${format}` : '';
  const name = isCloudInit ? { name: `vm-${scope.vmid}-cloudinit${suffix}` } : {};
  const volume = allocateVolume(scope, storage, { format, size: source.diskSize ?? source.size, ...name });
  if (behaviourOf(scope.host).logsVolumeSteps) scope.log(`allocated target volume '${volume.volid}'`);
  if (!isCloudInit) logTransfer(scope, source);
  return { volume, size: volume.size };
}

/** The progress of a copy that takes no time; that of a raw file says its end twice. */
export function logTransfer(scope: GuestScope, { size, format }: Pick<Volume, 'size' | 'format'>): void {
  const text = readableSize(size);
  scope.log(`transferred 0.0 B of ${text} (0.00%)`);
  for (let time = format === 'raw' ? 2 : 1; time > 0; time -= 1) {
    scope.log(`transferred ${text} of ${text} (100.00%)`);
  }
}

/** Copies what is in a slot of a guest, for the guest of the scope. */
export function copyDrive(scope: GuestScope, key: string, drive: Drive, target: CopyTarget): Drive {
  const { volume, size } = copyVolume(scope, key, drive.file, target);
  return withOptions({ file: volume.volid, options: drive.options }, { size: printDiskSize(size), format: undefined });
}

/** Makes a linked clone of what is in a slot of a guest, for the guest of the scope (vdisk_clone). */
export function linkDrive(scope: GuestScope, key: string, drive: Drive): Drive {
  const source = scope.host.volumes.find(drive.file, scope.node);
  if (source === undefined) throw failure(`volume '${drive.file}' does not exist`);
  const storage = storageNamed(scope.host, source.storage);
  scope.log(`create linked clone of drive ${key} (${drive.file})`);
  const format = isFileStorage(storage) ? 'qcow2' : 'raw';
  // The file's name is printed before it exists, so the line is put together afterwards and logged in its place.
  const lines: string[] = [];
  const quiet: GuestScope = { ...scope, log: (line) => lines.push(line) };
  const volume = allocateVolume(quiet, storage, { format, size: source.size, base: drive.file });
  if (storage.path !== undefined) {
    const name = volume.volid.slice(volume.volid.lastIndexOf('/') + 1);
    const base = drive.file.slice(storage.id.length + 1);
    scope.log(`clone ${base}: images, ${name}, ${scope.vmid} to ${name} (base=${relativeBase(drive.file)})`);
  }
  for (const line of lines) scope.log(line);
  return withOptions({ file: volume.volid, options: drive.options }, { size: printDiskSize(source.size) });
}

/** The format of a copy: the wanted one where the storage has it, else the storage's own (resolve_dst_disk_format). */
function copyFormat(storage: StorageDefinition, wanted: string): string {
  if (!isFileStorage(storage)) return 'raw';
  return FILE_FORMATS.has(wanted) ? wanted : (storage.options['format'] ?? 'raw');
}

/** Bytes as the progress of a copy prints them (pve-common: PVE/Tools.pm, render_bytes). */
function readableSize(bytes: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['TiB', MIB * MIB],
    ['GiB', MIB * 1024],
    ['MiB', MIB],
    ['KiB', 1024],
  ];
  const [unit, size] = units.find(([, one]) => bytes >= one) ?? ['B', 1];
  return `${(bytes / size).toFixed(1)} ${unit}`;
}
