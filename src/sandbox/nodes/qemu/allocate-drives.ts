import { failure } from '../../api-error.ts';
import type { StorageDefinition, Volume } from '../../host.ts';
import { allocateVolume } from './allocate-volume.ts';
import { isDriveKey } from './config-key.ts';
import { copyVolume, logTransfer } from './copy-volume.ts';
import {
  type Drive,
  isCdrom,
  isCloudInitDrive,
  newDiskRequest,
  parseDrive,
  printDiskSize,
  printDrive,
  storageOf,
  withOptions,
} from './drive.ts';
import type { GuestScope } from './guest.ts';
import { isFileStorage, storageNamed } from './storage-access.ts';

const MIB = 1024 * 1024;
const CLOUD_INIT_SIZE = 4 * MIB;
const TPM_STATE_SIZE = 4 * MIB;
/** Bytes of the two firmware variable stores (pve-edk2-firmware: OVMF_VARS). */
const EFI_SIZES: Readonly<Record<string, number>> = { '4m': 528 * 1024, '2m': 128 * 1024 };

/**
 * Makes or finds the volumes of the drives of a request, in plain string order of their keys, and returns the values
 * to store and the volumes that are new (qemu-server: PVE/API2/Qemu.pm, create_disks). `config` holds the guest's other drives. Where one fails, those
 * made before it are freed again.
 */
export function allocateDrives(
  scope: GuestScope,
  settings: Readonly<Record<string, string>>,
  config: Iterable<readonly [string, string]>,
  defaultStorage?: string,
): { readonly values: ReadonlyMap<string, string>; readonly made: readonly Volume[] } {
  const results = new Map<string, string>();
  const others = new Map([...config]);
  const made: Volume[] = [];
  try {
    for (const key of Object.keys(settings).sort()) {
      if (!isDriveKey(key)) continue;
      const drive = parseDrive(scope.host.facts, key, settings[key] as string);
      if (drive === undefined) throw failure(`unable to parse drive options`);
      others.delete(key);
      if (isCloudInitDrive(drive)) checkSingleCloudInit(scope, key, new Map([...others, ...results]));
      results.set(key, allocateDrive(scope, key, drive, defaultStorage, made));
    }
  } catch (error) {
    for (const volume of made) scope.host.volumes.free(volume.volid, scope.node);
    throw error;
  }
  return { values: results, made };
}

function allocateDrive(
  scope: GuestScope,
  key: string,
  drive: Drive,
  defaultStorage: string | undefined,
  made: Volume[],
): string {
  if (drive.file === 'none' || drive.file === 'cdrom') return printDrive(withOptions(drive, { size: undefined }));
  const isNewCloudInit = /^(?:[^/:\s]+:)?cloudinit$/.test(drive.file);
  const request = isCdrom(drive) ? undefined : newDiskRequest(drive);
  if (!isNewCloudInit && request === undefined) return existingDrive(scope, drive);
  const id = (isNewCloudInit ? storageOf(drive.file) : request?.storage) ?? defaultStorage;
  if (id === undefined) throw failure('no storage ID specified (and no default storage)');
  const storage = storageNamed(scope.host, id);
  const allocated = isNewCloudInit
    ? newCloudInitDrive(scope, storage, drive, made)
    : newDrive(scope, storage, key, drive, Number(request?.size), made);
  const text = printDrive(withOptions(allocated, { format: undefined }));
  scope.log(`${key}: successfully created disk '${text}'`);
  return text;
}

function existingDrive(scope: GuestScope, drive: Drive): string {
  if (drive.file.startsWith('/')) throw failure(`volume ${drive.file} does not exist`);
  const volume = scope.host.volumes.find(drive.file, scope.node);
  if (volume === undefined) throw failure(`volume '${drive.file}' does not exist`);
  return printDrive(withOptions(drive, { size: printDiskSize(volume.size) }));
}

function newCloudInitDrive(scope: GuestScope, storage: StorageDefinition, drive: Drive, made: Volume[]): Drive {
  const format = drive.options['format'] ?? (isFileStorage(storage) ? 'qcow2' : 'raw');
  const name = `vm-${scope.vmid}-cloudinit${isFileStorage(storage) ? `.${format}` : ''}`;
  const volume = allocate(scope, storage, made, { format, size: CLOUD_INIT_SIZE, name });
  return withOptions({ file: volume.volid, options: drive.options }, { media: 'cdrom' });
}

function newDrive(
  scope: GuestScope,
  storage: StorageDefinition,
  key: string,
  drive: Drive,
  gibibytes: number,
  made: Volume[],
): Drive {
  const source = drive.options['import-from'];
  if (source !== undefined) return importedDrive(scope, storage, key, drive, source, made);
  const format = key === 'tpmstate0' ? 'raw' : drive.options['format'];
  let size = Math.ceil(gibibytes * MIB) * 1024;
  if (key === 'efidisk0') size = EFI_SIZES[drive.options['efitype'] ?? '2m'] ?? 0;
  else if (key === 'tpmstate0') size = TPM_STATE_SIZE;
  const volume = allocate(scope, storage, made, { ...(format === undefined ? {} : { format }), size });
  // The size of the variable store is read back from the storage, which may have rounded it up; others are as asked.
  const recorded = key === 'efidisk0' ? volume.size : size;
  if (key === 'efidisk0') logTransfer(scope, { size, format: 'raw' });
  const hasKeys = key === 'efidisk0' && drive.options['pre-enrolled-keys'] === '1';
  return withOptions(
    { file: volume.volid, options: drive.options },
    { size: printDiskSize(recorded), 'ms-cert': hasKeys ? '2023k' : drive.options['ms-cert'] },
  );
}

function importedDrive(
  scope: GuestScope,
  storage: StorageDefinition,
  key: string,
  drive: Drive,
  source: string,
  made: Volume[],
): Drive {
  // qemu-server: PVE/API2/Qemu.pm, import_from_volid.
  const owner = scope.host.volumes.find(source, scope.node)?.vmid;
  const home = owner === undefined ? undefined : scope.host.guests.get(owner)?.node;
  if (home !== undefined && home !== scope.node) throw failure(`owner VM ${owner} not on local node`);
  const { format } = drive.options;
  const target = { storage: storage.id, ...(format === undefined ? {} : { format }) };
  const { volume, size } = copyVolume(scope, key, source, target);
  made.push(volume);
  return withOptions(
    { file: volume.volid, options: drive.options },
    { size: printDiskSize(size), 'import-from': undefined },
  );
}

function allocate(
  scope: GuestScope,
  storage: StorageDefinition,
  made: Volume[],
  request: { readonly format?: string; readonly size: number; readonly name?: string },
): Volume {
  const volume = allocateVolume(scope, storage, request);
  made.push(volume);
  return volume;
}

function checkSingleCloudInit(scope: GuestScope, key: string, others: ReadonlyMap<string, string>): void {
  for (const [other, text] of others) {
    const drive = isDriveKey(other) ? parseDrive(scope.host.facts, other, text) : undefined;
    if (drive !== undefined && isCloudInitDrive(drive)) {
      throw failure(`${key} - cloud-init drive is already attached at '${other}'`);
    }
  }
}
