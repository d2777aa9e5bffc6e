import type { JsonObject } from '../../../core/json.ts';
import { failure } from '../../api-error.ts';
import type { StorageDefinition, Volume } from '../../host.ts';
import type { HouseCall } from '../../house.ts';
import { type Mark, marksOf, parseKeep } from './retention.ts';
import { storageOf } from './volume.ts';

interface Marked {
  readonly volume: Volume;
  readonly mark: Mark;
  readonly type: string;
}

/** `GET …/prunebackups`: which backups would go (pve-storage: PVE/API2/Storage/PruneBackups.pm, dryrun). */
export function listPrunable(call: HouseCall): readonly JsonObject[] {
  return marked(call).map(({ volume: { volid, ctime, vmid }, mark, type }) => ({
    ...{ volid, ctime, mark, type },
    ...(vmid === undefined ? {} : { vmid }),
  }));
}

/** `DELETE …/prunebackups`: a task removes them. */
export function pruneBackups(call: HouseCall): string {
  const { host, params, user } = call;
  const node = String(params['node']);
  const storage = String(params['storage']);
  const vmid = params['vmid'];
  if (vmid === undefined) call.require(`/storage/${storage}`, ['Datastore.Allocate']);
  else {
    call.require(`/storage/${storage}`, ['Datastore.AllocateSpace']);
    call.require(`/vms/${vmid}`, ['VM.Backup']);
  }
  return host.tasks.start({
    ...{ node, type: 'prunebackups', id: vmid === undefined ? storage : `${vmid}@${storage}`, user },
    run(task) {
      for (const { volume, mark } of marked(call)) {
        if (mark !== 'remove') continue;
        host.volumes.free(volume.volid, node);
        task.log(`Removed volume '${volume.volid}'`);
      }
    },
  });
}

/** The backups that the call is about with what becomes of each; guests and types are counted apart. */
function marked(call: HouseCall): readonly Marked[] {
  const { host, params } = call;
  const storage = storageOf(call, String(params['storage']));
  const keep = parseKeep(retentionOf(storage, params['prune-backups']));
  const groups = new Map<
    string,
    { readonly volume: Volume; readonly type: string; readonly time: number | undefined }[]
  >();
  for (const volume of host.volumes.list(storage.id, String(params['node']))) {
    if (volume.content !== 'backup' || (params['vmid'] !== undefined && volume.vmid !== params['vmid'])) continue;
    const { type, time } = nameParts(volume.volid);
    if (params['type'] !== undefined && params['type'] !== type) continue;
    const key = `${type}/${volume.vmid ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), { volume, type, time }]);
  }
  return [...groups.values()].flatMap((group) => {
    const sorted = [...group].sort((left, right) => (right.time ?? 0) - (left.time ?? 0));
    const marks = marksOf(
      sorted.map(({ volume, time }) => ({ time, isProtected: volume.protected === true })),
      keep,
    );
    return sorted.map(({ volume, type }, index) => ({ volume, type, mark: marks[index] ?? 'keep' }));
  });
}

function retentionOf(storage: StorageDefinition, given: unknown): string {
  const text = given === undefined ? storage.options['prune-backups'] : String(given);
  if (text === undefined) throw failure(`no prune-backups options configured for storage '${storage.id}'`);
  return text;
}

/** What the name of an archive says; a time only where the name is a standard one (Storage.pm, archive_info). */
function nameParts(volid: string): { readonly type: string; readonly time: number | undefined } {
  const parts = /\/vzdump-(qemu|lxc|openvz)-\d+-(\d{4})_(\d\d)_(\d\d)-(\d\d)_(\d\d)_(\d\d)\./.exec(volid);
  if (parts === null) return { type: /vzdump-(qemu|lxc)-/.exec(volid)?.[1] ?? 'unknown', time: undefined };
  const [, type = 'unknown', ...digits] = parts;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = digits.map(Number);
  return { type, time: Date.UTC(year, month - 1, day, hour, minute, second) / 1000 };
}
