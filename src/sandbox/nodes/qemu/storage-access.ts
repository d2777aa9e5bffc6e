import { type ApiError, failure, parameterFailure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { SandboxHost, StorageDefinition } from '../../host.ts';
import { STORAGE_TYPES } from '../../storage/storage-types.ts';
import { isDriveKey } from './config-key.ts';
import { type Drive, isCdrom, newDiskRequest, parseDrive, storageOf } from './drive.ts';
import type { GuestScope } from './guest.ts';

/** The storage of that name; throws what Proxmox VE says of an unknown one. */
export function storageNamed(host: SandboxHost, id: string): StorageDefinition {
  const storage = host.storages.find((candidate) => candidate.id === id);
  if (storage === undefined) throw failure(`storage '${id}' does not exist`);
  return storage;
}

/** What anyone but root@pam gets for a path in place of a volume. */
export function pathRefusal(host: SandboxHost): ApiError {
  const place = `/usr/share/perl5/PVE/Storage.pm line ${behaviourOf(host).pathRefusalLine}`;
  return failure(`Only root can pass arbitrary filesystem paths. at ${place}.`);
}

/** Whether a storage's volumes are files, whose names tell their formats. */
export function isFileStorage(storage: StorageDefinition): boolean {
  return STORAGE_TYPES[storage.type].isFile;
}

/** Whether a volume id is one of an ISO image, by its name alone. */
export function isIso(volid: string): boolean {
  return /^[^/:\s]+:iso\//.test(volid);
}

/** The guest that owns a volume, by the volume's name (pve-storage: PVE/Storage/Plugin.pm, parse_volname). */
export function ownerOf(volid: string): number | undefined {
  const owner = /(?:^|[:/])(?:vm|base)-(\d+)-[^/]+$/.exec(volid)?.[1];
  return owner === undefined ? undefined : Number(owner);
}

/**
 * Throws where a value of the request names a storage or volume that is not there to use, or that the user may not
 * use (qemu-server: PVE/API2/Qemu.pm, check_storage_access). Whether a volume exists is seen only when it is used.
 */
export function checkStorageAccess(
  scope: GuestScope,
  settings: Readonly<Record<string, string>>,
  defaultStorage?: string,
): void {
  for (const key of Object.keys(settings).sort()) {
    const text = settings[key] as string;
    if (/^unused\d+$/.test(key)) checkVolume(scope, key, text);
    if (!isDriveKey(key)) continue;
    const drive = parseDrive(scope.host.facts, key, text);
    if (drive === undefined) continue;
    checkDrive(scope, key, drive, defaultStorage);
    const source = drive.options['import-from'];
    if (source !== undefined) checkImportSource(scope, key, source);
  }
  const stateStorage = settings['vmstatestorage'];
  if (stateStorage !== undefined) scope.require(`/storage/${stateStorage}`, ['Datastore.AllocateSpace']);
}

function checkDrive(scope: GuestScope, key: string, drive: Drive, defaultStorage: string | undefined): void {
  if (drive.file === 'none') return;
  if (drive.file === 'cdrom') {
    scope.require('/', ['Sys.Console']);
    return;
  }
  const request = isCdrom(drive) ? undefined : newDiskRequest(drive);
  const isCloudInit = /^(?:[^/:\s]+:)?cloudinit$/.test(drive.file);
  if (request === undefined && !isCloudInit) {
    checkVolume(scope, key, drive.file);
    return;
  }
  const id = (request === undefined ? storageOf(drive.file) : request.storage) ?? defaultStorage;
  if (id === undefined) throw failure('no storage ID specified (and no default storage)');
  scope.require(`/storage/${id}`, ['Datastore.AllocateSpace']);
  if (!storageNamed(scope.host, id).content.includes('images')) {
    throw parameterFailure({ storage: `storage '${id}' does not support vm images` });
  }
}

function checkVolume(scope: GuestScope, key: string, volid: string): void {
  const id = storageOf(volid);
  if (id === undefined) {
    if (scope.user.isRoot) return;
    throw pathRefusal(scope.host);
  }
  const storage = storageNamed(scope.host, id);
  const content = contentOf(volid);
  if (content === undefined) checkImageName(storage, volid);
  if (content !== undefined && content !== 'iso' && content !== 'import') {
    throw parameterFailure({ [key]: "content type needs to be 'images' or 'iso'" });
  }
  if (content !== undefined) {
    scope.require(`/storage/${id}`, ['Datastore.AllocateSpace', 'Datastore.Audit']);
  } else if (ownerOf(volid) !== scope.vmid) scope.require(`/storage/${id}`, ['Datastore.Allocate']);
}

/** What a disk is to be a copy of: the disk of a guest, or a file of import content. */
function checkImportSource(scope: GuestScope, key: string, volid: string): void {
  const content = contentOf(volid);
  if (content !== undefined && content !== 'import') {
    throw parameterFailure({ [key]: `${volid} has wrong type '${content}' - needs to be 'images' or 'import'` });
  }
  const owner = content === undefined ? ownerOf(volid) : undefined;
  const storage = storageOf(volid);
  if (owner === undefined || storage === undefined) {
    checkVolume(scope, key, volid);
    return;
  }
  checkImageName(storageNamed(scope.host, storage), volid);
  scope.require(`/vms/${owner}`, ['VM.Clone']);
}

/** What a volume id's name says it holds; undefined for a disk image. */
function contentOf(volid: string): string | undefined {
  return /^[^/:\s]+:(iso|vztmpl|backup|snippets|import)\//.exec(volid)?.[1];
}

/** What the parser of a type's volume names calls them, where it is not the type itself. */
const NAMING: Readonly<Partial<Record<StorageDefinition['type'], string>>> = { lvmthin: 'lvm', zfspool: 'zfs' };

function checkImageName(storage: StorageDefinition, volid: string): void {
  const name = volid.slice(storage.id.length + 1);
  const inFolder = /^(?:\d+\/[^/\s]+\/)?\d+\/[^/\s]+\.(?:raw|qcow2|vmdk|subvol)$/;
  const isImage = isFileStorage(storage) ? inFolder : /^(?:[^/\s]+\/)?(?:vm|base)-\d+-\S+$/;
  const naming = isFileStorage(storage) ? 'directory' : (NAMING[storage.type] ?? storage.type);
  if (!isImage.test(name)) throw failure(`unable to parse ${naming} volume name '${name}'`);
}
