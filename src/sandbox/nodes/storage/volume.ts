import type { Json, JsonObject } from '../../../core/json.ts';
import { failure, parameterFailure, permissionFailure } from '../../api-error.ts';
import type { StorageDefinition, Volume } from '../../host.ts';
import type { HouseCall } from '../../house.ts';
import { pathOfVolume, vtypeOf } from './volume-path.ts';

/** `GET /nodes/{node}/storage/{storage}/content` (pve-storage: PVE/API2/Storage/Content.pm, index). */
export function listContent(call: HouseCall): Json {
  const { host, params } = call;
  const storage = storageOf(call, String(params['storage']));
  return host.volumes
    .list(storage.id, String(params['node']))
    .filter((volume) => storage.content.includes(volume.content))
    .filter((volume) => params['content'] === undefined || volume.content === params['content'])
    .filter((volume) => params['vmid'] === undefined || volume.vmid === params['vmid'])
    .filter((volume) => maySee(call, storage.id, volume))
    .map((volume) => row(volume, storage));
}

/** The storage of that name; throws what Proxmox VE says of an unknown one. */
export function storageOf({ host }: HouseCall, id: string): StorageDefinition {
  const storage = host.storages.find((candidate) => candidate.id === id);
  if (storage === undefined) throw failure(`storage '${id}' does not exist`);
  return storage;
}

/** Images are shown to whoever may allocate on the storage, or audits the guest (pve-storage: check_volume_access). */
function maySee({ host, user }: HouseCall, storage: string, volume: Pick<Volume, 'content' | 'vmid'>): boolean {
  const held = host.access.privileges(user, `/storage/${storage}`);
  if (held.has('Datastore.Allocate') || !['images', 'rootdir', 'backup'].includes(volume.content)) return true;
  if (volume.vmid === undefined) return held.has('Datastore.Audit');
  if (volume.content === 'backup') {
    return held.has('Datastore.AllocateSpace') && host.access.privileges(user, `/vms/${volume.vmid}`).has('VM.Backup');
  }
  return held.has('Datastore.Audit') || host.access.privileges(user, `/vms/${volume.vmid}`).has('VM.Audit');
}

function row(volume: Volume, storage: StorageDefinition): JsonObject {
  const { volid, content: type, format, size, ctime, vmid, notes } = volume;
  const result: JsonObject = {
    ...{ volid, content: type, format, size, ctime },
    ...(vmid === undefined ? {} : { vmid }),
    ...(volume.protected === true ? { protected: 1 } : {}),
    ...(notes === undefined ? {} : { notes: notes.split('\n')[0] ?? '' }),
  };
  const isImage = type === 'images' || type === 'rootdir';
  return isImage && storage.path !== undefined ? { ...result, used: 0, parent: null } : result;
}

/** The volume that the path names, with or without its storage (Content.pm, real_volume_id). */
function volumeIdOf({ params }: HouseCall): { readonly volid: string; readonly storage: string } {
  const given = String(params['volume']);
  const storage = String(params['storage']);
  if (!given.includes(':')) return { volid: `${storage}:${given}`, storage };
  const named = given.slice(0, given.indexOf(':'));
  if (named !== storage) throw parameterFailure({ volume: `storage ID mismatch (${named} != ${storage})\n` });
  return { volid: given, storage };
}

/** `GET …/content/{volume}`; an image file that is no guest's is of format `raw`. */
export function readVolume(call: HouseCall): Json {
  const { volume, storage } = accessibleVolume(call);
  const { size: fileSize, format, content } = volume;
  const size = volume.diskSize ?? fileSize;
  const isBackup = content === 'backup';
  return {
    ...{ path: pathOfVolume(storage, volume.volid), size, used: fileSize },
    format: content === 'iso' || content === 'vztmpl' || isBackup ? 'raw' : format,
    ...(isBackup ? { notes: volume.notes ?? '', protected: volume.protected === true ? 1 : 0 } : {}),
  };
}

/** `PUT …/content/{volume}`: notes and protection, which only backups have (DirPlugin.pm, update_volume_attribute). */
export function updateVolume(call: HouseCall): null {
  const { host, params } = call;
  const { volume } = accessibleVolume(call);
  const { notes, protected: isProtected } = params;
  const isBackup = volume.content === 'backup';
  if (notes !== undefined && !isBackup) throw failure('only backups can have notes');
  if (isProtected !== undefined && !isBackup) throw failure("only backups support attribute 'protected'");
  host.volumes.put({
    ...volume,
    ...(notes === undefined ? {} : { notes: String(notes) }),
    ...(isProtected === undefined ? {} : { protected: isProtected === 1 }),
  });
  return null;
}

function accessibleVolume(call: HouseCall): { readonly volume: Volume; readonly storage: StorageDefinition } {
  const { volid, storage: id } = volumeIdOf(call);
  const storage = storageOf(call, id);
  const { content, vmid } = vtypeOf(storage, volid);
  if (!maySee(call, id, { content, ...(vmid === undefined ? {} : { vmid }) })) {
    throw permissionFailure(`/storage/${id}, Datastore.Audit`);
  }
  const volume = call.host.volumes.find(volid, String(call.params['node']));
  if (volume === undefined) throw failure(`volume_size_info on '${volid}' failed - no format`);
  return { volume, storage };
}

/** `DELETE …/content/{volume}`: a task, that also succeeds where the file is not there (Content.pm, delete). */
export function deleteVolume(call: HouseCall): string {
  const { host, params, user } = call;
  const node = String(params['node']);
  const { volid, storage: id } = volumeIdOf(call);
  const storage = storageOf(call, id);
  const { content, vmid } = vtypeOf(storage, volid);
  if (content === 'backup' && vmid !== undefined) {
    call.require(`/storage/${id}`, ['Datastore.AllocateSpace']);
    call.require(`/vms/${vmid}`, ['VM.Backup']);
  } else call.require(`/storage/${id}`, ['Datastore.Allocate']);
  return host.tasks.start({
    ...{ node, type: 'imgdel', id: vmid === undefined ? id : `${vmid}@${id}`, user },
    run(task) {
      const volume = host.volumes.find(volid, node);
      if (volume === undefined) task.log(`disk image '${pathOfVolume(storage, volid)}' does not exist`);
      if (volume?.protected === true) {
        throw failure(`cannot remove protected volume '${volid.slice(id.length + 1)}' on '${id}'`);
      }
      host.volumes.free(volid, node);
      task.log(`Removed volume '${volid}'`);
    },
  });
}
