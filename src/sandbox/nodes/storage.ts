import type { Json, JsonObject } from '../../core/json.ts';
import { parameterFailure } from '../api-error.ts';
import { splitList } from '../check-value.ts';
import type { StorageDefinition, Volume } from '../host.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';

/** The reads below `/nodes/{node}/storage` (pve-storage: PVE/API2/Storage/Status.pm, Content.pm). */
export const nodeStorageEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/nodes/{node}/storage', handle: list },
  { method: 'GET', path: '/nodes/{node}/storage/{storage}/status', handle: status },
  { method: 'GET', path: '/nodes/{node}/storage/{storage}/content', handle: content },
];

function list(call: HouseCall): Json {
  const { host, params, user } = call;
  const wanted = splitList(String(params['content'] ?? ''));
  return storagesOn(call)
    .filter(({ id }) => params['storage'] === undefined || params['storage'] === id)
    .filter((storage) => wanted.length === 0 || wanted.some((type) => storage.content.includes(type)))
    .filter(({ options }) => params['enabled'] !== 1 || options['disable'] !== '1')
    .filter(({ id }) => {
      const held = host.access.privileges(user, `/storage/${id}`);
      return held.has('Datastore.Audit') || held.has('Datastore.AllocateSpace');
    })
    .map((storage) => {
      const row = statusRow(call, storage);
      const [used, total] = [Number(row['used']), Number(row['total'])];
      return { ...row, storage: storage.id, used_fraction: total === 0 ? 0 : used / total };
    });
}

function storagesOn({ host, params }: HouseCall): readonly StorageDefinition[] {
  const node = String(params['node']);
  return host.storages.filter((storage) => storage.nodes === undefined || storage.nodes.includes(node));
}

function statusRow({ host, params }: HouseCall, storage: StorageDefinition): JsonObject {
  const isEnabled = storage.options['disable'] !== '1';
  const { total, used } = isEnabled ? host.volumes.capacity(storage.id, String(params['node'])) : { total: 0, used: 0 };
  return {
    ...{ type: storage.type, content: storage.content.join(','), shared: storage.shared ? 1 : 0 },
    ...{ enabled: isEnabled ? 1 : 0, active: isEnabled ? 1 : 0, total, used, avail: total - used },
  };
}

function status(call: HouseCall): Json {
  const storage = storagesOn(call).find(({ id }) => id === call.params['storage']);
  if (storage === undefined) throw parameterFailure({ storage: 'No such storage.' });
  return statusRow(call, storage);
}

function content(call: HouseCall): Json {
  const { host, params, user } = call;
  const id = String(params['storage']);
  const storage = host.storages.find((candidate) => candidate.id === id);
  if (storage === undefined) throw parameterFailure({ storage: 'No such storage.' });
  return host.volumes
    .list(id, String(params['node']))
    .filter((volume) => params['content'] === undefined || volume.content === params['content'])
    .filter((volume) => params['vmid'] === undefined || volume.vmid === params['vmid'])
    .filter((volume) => maySee(host.access.privileges(user, `/storage/${id}`), volume, call))
    .map((volume) => volumeRow(volume, storage));
}

/** Images are shown to whoever may allocate on the storage, or audits the guest (pve-storage: check_volume_access). */
function maySee(held: ReadonlySet<string>, volume: Volume, { host, user }: HouseCall): boolean {
  if (held.has('Datastore.Allocate') || volume.content !== 'images') return true;
  if (volume.vmid === undefined) return held.has('Datastore.Audit');
  return held.has('Datastore.Audit') || host.access.privileges(user, `/vms/${volume.vmid}`).has('VM.Audit');
}

function volumeRow(volume: Volume, storage: StorageDefinition): JsonObject {
  const { volid, content: type, format, size, ctime, vmid } = volume;
  const row = { volid, content: type, format, size, ctime };
  if (vmid === undefined) return row;
  return { ...row, vmid, ...(storage.path === undefined ? {} : { used: 0, parent: null }) };
}
