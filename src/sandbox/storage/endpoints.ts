import type { JsonObject } from '../../core/json.ts';
import { failure } from '../api-error.ts';
import { storageValues } from '../files/storage-cfg.ts';
import type { StorageDefinition } from '../host.ts';
import type { HouseEndpoint, SandboxState } from '../house.ts';
import { createStorage, deleteStorage, updateStorage } from './write.ts';

/** The calls below `/storage` (pve-storage: PVE/API2/Storage/Config.pm). */
export const storageEndpoints: readonly HouseEndpoint[] = [
  {
    method: 'GET',
    path: '/storage',
    handle: ({ host, user, params }) =>
      host.storages
        .filter(({ type }) => params['type'] === undefined || type === params['type'])
        .filter(({ id }) => {
          const held = host.access.privileges(user, `/storage/${id}`);
          return held.has('Datastore.Audit') || held.has('Datastore.AllocateSpace');
        })
        .map((storage) => row(host, storage)),
  },
  {
    method: 'GET',
    path: '/storage/{storage}',
    handle({ host, params }) {
      const storage = host.storages.find(({ id }) => id === params['storage']);
      if (storage === undefined) throw failure(`storage '${params['storage']}' does not exist`);
      return row(host, storage);
    },
  },
  { method: 'POST', path: '/storage', handle: createStorage },
  { method: 'PUT', path: '/storage/{storage}', handle: updateStorage },
  { method: 'DELETE', path: '/storage/{storage}', handle: deleteStorage },
];

const NUMERIC = new Set([
  ...['disable', 'shared', 'sparse', 'krbd', 'fuse', 'tagged_only', 'saferemove', 'nocow', 'nowritecache'],
  ...['mkdir', 'create-base-path', 'create-subdirs', 'skip-cert-verification', 'snapshot-as-volume-chain'],
  ...['port', 'max-protected-backups'],
]);

function row(host: SandboxState, storage: StorageDefinition): JsonObject {
  const values = Object.entries(storageValues(storage)).map(([key, text]) => [
    key,
    NUMERIC.has(key) ? Number(text) : text,
  ]);
  const isShared = storage.shared ? { shared: 1 } : {};
  return {
    ...isShared,
    ...Object.fromEntries(values),
    ...{ storage: storage.id, type: storage.type, digest: host.digestOf('storage.cfg') },
  };
}
