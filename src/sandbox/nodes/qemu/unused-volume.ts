import { failure } from '../../api-error.ts';
import { isDriveKey } from './config-key.ts';
import type { GuestDraft } from './draft.ts';
import { type Drive, isCdrom, isCloudInitDrive, parseDrive, storageOf } from './drive.ts';
import { checkProtection, type GuestScope } from './guest.ts';
import { requireOnGuest } from './privilege.ts';
import { ownerOf } from './storage-access.ts';

const MAX_UNUSED = 256;

/** Destroys a volume; one that is gone already is no error, as for a directory's images in Proxmox VE. */
export function freeVolume(scope: GuestScope, volid: string): void {
  if (scope.host.volumes.find(volid, scope.node) !== undefined) scope.host.volumes.free(volid, scope.node);
}

/**
 * Keeps the volume of a drive that is no longer used as `unusedN`, if it is the guest's own; the cloud-init volume is
 * destroyed, a CD-ROM forgotten (qemu-server: PVE/QemuServer.pm, vmconfig_register_unused_drive).
 */
export function registerUnused(scope: GuestScope, draft: GuestDraft, drive: Drive): void {
  if (isCloudInitDrive(drive)) freeVolume(scope, drive.file);
  else if (!isCdrom(drive) && ownerOf(drive.file) === scope.vmid) addUnused(draft, drive.file);
}

/** Takes a drive off the guest: its volume becomes unused or, where forced, is destroyed. */
export function detachDrive(scope: GuestScope, draft: GuestDraft, key: string, isForced: boolean): void {
  const drive = parseDrive(scope.host.facts, key, draft.current.get(key) ?? '');
  if (drive === undefined) return;
  if (!isForced) registerUnused(scope, draft, drive);
  else if (!isCdrom(drive) || isCloudInitDrive(drive)) destroyOwned(scope, draft, key, drive.file);
}

/** Destroys the volume of an `unusedN` entry and removes the entry. */
export function destroyUnused(scope: GuestScope, draft: GuestDraft, key: string, volid: string): void {
  checkProtection(draft, `can't remove unused disk '${volid}'`);
  requireOnGuest(scope, ['VM.Config.Disk']);
  destroyOwned(scope, draft, key, volid);
  draft.current.delete(key);
}

function destroyOwned(scope: GuestScope, draft: GuestDraft, key: string, volid: string): void {
  if (ownerOf(volid) !== scope.vmid) return;
  const storage = storageOf(volid);
  if (storage !== undefined) scope.require(`/storage/${storage}`, ['Datastore.AllocateSpace']);
  if (isReferenced(scope, draft, key, volid)) {
    throw failure(`unable to delete '${volid}' - volume is still in use (snapshot?)`);
  }
  freeVolume(scope, volid);
}

function isReferenced(scope: GuestScope, draft: GuestDraft, key: string, volid: string): boolean {
  const uses = (other: string, text: string): boolean =>
    (isDriveKey(other) || other.startsWith('unused')) && parseDrive(scope.host.facts, other, text)?.file === volid;
  for (const [other, text] of draft.current) if (other !== key && uses(other, text)) return true;
  for (const lines of Object.values(draft.sections)) {
    for (const line of lines) {
      const [other = '', text = ''] = line.split(/:\s*(.*)/s, 2);
      if (uses(other, text)) return true;
    }
  }
  return false;
}

function addUnused(draft: GuestDraft, volid: string): void {
  let free: string | undefined;
  for (let index = MAX_UNUSED - 1; index >= 0; index -= 1) {
    const value = draft.current.get(`unused${index}`);
    if (value === volid) return;
    if (value === undefined) free = `unused${index}`;
  }
  if (free === undefined) throw failure('Too many unused volumes - please delete them first.');
  draft.current.set(free, volid);
}
