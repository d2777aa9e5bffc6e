import type { Json, JsonObject } from '../../../core/json.ts';
import { parameterFailure } from '../../api-error.ts';
import { splitList } from '../../check-value.ts';
import type { StorageDefinition } from '../../host.ts';
import type { HouseCall } from '../../house.ts';
import { isActive, isForNode } from '../../storage/activate.ts';
import { STORAGE_TYPES } from '../../storage/storage-types.ts';

/** `GET /nodes/{node}/storage`: storages of a node that the user may see (pve-storage: PVE/API2/Storage/Status.pm). */
export function listStorages(call: HouseCall): Json {
  const { host, params, user } = call;
  const wanted = splitList(String(params['content'] ?? ''));
  const target = params['target'];
  return (
    storagesOn(call)
      .filter(({ id }) => params['storage'] === undefined || params['storage'] === id)
      .filter((storage) => wanted.length === 0 || wanted.some((type) => storage.content.includes(type)))
      .filter(({ options }) => params['enabled'] !== 1 || options['disable'] !== '1')
      // With a target, only what both nodes have and can use.
      .filter((storage) => target === undefined || (isForNode(storage, String(target)) && options(storage) !== '1'))
      .filter(({ id }) => {
        const held = host.access.privileges(user, `/storage/${id}`);
        return held.has('Datastore.Audit') || held.has('Datastore.AllocateSpace');
      })
      .map((storage) => {
        const row = statusRow(call, storage);
        const [used, total] = [Number(row['used']), Number(row['total'])];
        return {
          ...{ ...row, storage: storage.id },
          ...(total === 0 ? {} : { used_fraction: used / total }),
          ...(params['format'] === 1 ? formatsOf(storage) : {}),
        };
      })
  );
}

function options(storage: StorageDefinition): string | undefined {
  return storage.options['disable'];
}

/** The formats of new images, and which one is the default (Plugin.pm, default_format). */
function formatsOf({ type, options: { format } }: StorageDefinition): JsonObject {
  if (!STORAGE_TYPES[type].isFile) return { format: [{ raw: 1 }, 'raw'] };
  return { format: [{ raw: 1, qcow2: 1, vmdk: 1, subvol: 1 }, format ?? 'raw'] };
}

function storagesOn({ host, params }: HouseCall): readonly StorageDefinition[] {
  return host.storages.filter((storage) => isForNode(storage, String(params['node'])));
}

function statusRow({ host, params }: HouseCall, storage: StorageDefinition): JsonObject {
  const node = String(params['node']);
  const isUsable = isActive(host, storage, node);
  const { total, used } = isUsable ? host.volumes.capacity(storage.id, node) : { total: 0, used: 0 };
  return {
    ...{ type: storage.type, content: storage.content.join(','), shared: storage.shared ? 1 : 0 },
    ...{ enabled: options(storage) === '1' ? 0 : 1, active: isUsable ? 1 : 0, total, used, avail: total - used },
  };
}

/** `GET /nodes/{node}/storage/{storage}/status`. */
export function readStatus(call: HouseCall): Json {
  const storage = storagesOn(call).find(({ id }) => id === call.params['storage']);
  if (storage === undefined) throw parameterFailure({ storage: 'No such storage.' });
  return statusRow(call, storage);
}

/** `GET /nodes/{node}/storage/{storage}`: what is below it, by the API facts. */
export function listSubdirs({ host }: HouseCall): Json {
  const below = '/nodes/{node}/storage/{storage}/';
  const names = host.facts.endpoints
    .filter(({ path }) => path.startsWith(below))
    .map(({ path }) => path.slice(below.length).split('/')[0] ?? '');
  return [...new Set(names)].sort().map((subdir) => ({ subdir }));
}
