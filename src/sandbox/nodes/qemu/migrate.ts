import type { Json, JsonObject } from '../../../core/json.ts';
import { failure, parameterFailure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { Call, Endpoint } from '../../host.ts';
import { checkStorageOn } from './allocate-volume.ts';
import { checkLock, type GuestScope, isRunning, loadDraft, loadGuest, scopeOf } from './guest.ts';
import { guestTask } from './guest-task.ts';
import { type GuestVolume, guestVolumes } from './guest-volumes.ts';
import { type Migration, migrationTask } from './migrate-task.ts';
import { haResource } from './status.ts';
import { storageNamed } from './storage-access.ts';

/** The calls on `…/migrate` (qemu-server: PVE/API2/Qemu.pm, migrate_vm and migrate_vm_precondition). */
export const migrateEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/nodes/{node}/qemu/{vmid}/migrate', handle: precondition },
  { method: 'POST', path: '/nodes/{node}/qemu/{vmid}/migrate', handle: migrate },
];

const ROOT_ONLY = ['force', 'migration_type', 'migration_network'];

function precondition(call: Call): Json {
  const scope = scopeOf(call);
  loadGuest(scope);
  const { tellsCloudInitDisks, tellsMappedResources, hasConnectionState } = behaviourOf(scope.host);
  const volumes = guestVolumes(scope).filter(({ storage }) => !storage.shared);
  const allowed: string[] = [];
  const refused: Record<string, JsonObject> = {};
  for (const node of scope.host.nodes.keys()) {
    if (node === scope.node) continue;
    const missing = guestVolumes(scope)
      .map(({ storage }) => storage)
      .filter(({ nodes }) => nodes !== undefined && !nodes.includes(node));
    if (missing.length === 0) allowed.push(node);
    else refused[node] = { unavailable_storages: [...new Set(missing.map(({ id }) => id))] };
  }
  return {
    running: isRunning(scope) ? 1 : 0,
    allowed_nodes: allowed,
    not_allowed_nodes: refused,
    local_disks: volumes.map((volume) => diskRow(volume, tellsCloudInitDisks)),
    local_resources: [],
    'mapped-resources': [],
    ...(tellsMappedResources ? { 'mapped-resource-info': {} } : {}),
    ...(hasConnectionState ? { 'has-dbus-vmstate': 1 } : {}),
  };
}

function diskRow(volume: GuestVolume, tellsCloudInit: boolean): JsonObject {
  const flag = (value: boolean): number => (value ? 1 : 0);
  return {
    volid: volume.volid,
    ...(volume.key === undefined ? {} : { drivename: volume.key }),
    ...(volume.size === undefined ? {} : { size: volume.size }),
    ...{ cdrom: flag(volume.isCdrom), shared: 0, replicate: 1, is_attached: flag(volume.isAttached) },
    ...{ is_unused: flag(volume.isUnused), is_vmstate: flag(volume.isState), is_tpmstate: flag(volume.isTpm) },
    ...(tellsCloudInit ? { is_cloudinit: flag(volume.isCloudInit) } : {}),
  };
}

function migrate(call: Call): Json {
  const scope = scopeOf(call);
  const { host, node, vmid } = scope;
  const target = String(call.params['target']);
  if (target === node) throw parameterFailure({ target: 'target is local node.' });
  for (const name of ROOT_ONLY) {
    if (call.params[name] !== undefined && !call.user.isRoot) {
      throw parameterFailure({ [name]: 'Only root may use this option.' });
    }
  }
  if (!host.nodes.has(target)) throw failure(`no such cluster node '${target}'`);
  checkLock(loadDraft(scope));
  if (isRunning(scope) && call.params['online'] !== 1) throw failure("can't migrate running VM without --online");
  const migration: Migration = {
    target,
    withLocalDisks: call.params['with-local-disks'] === 1,
    storages: storageMap(scope, target, call.params['targetstorage']),
  };
  if (call.params['targetstorage'] === undefined) {
    for (const { storage } of guestVolumes(scope)) checkStorageOn(storage, target);
  }
  if (haResource(scope) === undefined) return migrationTask(scope, migration);
  return guestTask(call, 'hamigrate', (logged) => {
    logged.log(`Requesting HA migration for VM ${vmid} to node ${target}`);
    // The HA manager, who is root@pam, then moves the guest.
    const byRoot = { ...scope, user: { id: 'root@pam', isRoot: true }, require: () => undefined };
    migrationTask(byRoot, { ...migration, withLocalDisks: true });
  });
}

/** `a:b,c` says where the volumes of `a` go, and those of all other storages (pve-common: PVE/JSONSchema.pm, parse_idmap). */
function storageMap(scope: GuestScope, target: string, text: unknown): (storage: string) => string {
  if (typeof text !== 'string' || text === '' || text === '1') return (storage) => storage;
  const map = new Map<string, string>();
  let fallback: string | undefined;
  for (const pair of text.split(/[,;\s]+/)) {
    const [from = '', to] = pair.split(':');
    if (to !== undefined) map.set(from, to);
    else fallback = from;
    const id = to ?? from;
    scope.require(`/storage/${id}`, ['Datastore.AllocateSpace']);
    checkStorageOn(storageNamed(scope.host, id), target);
  }
  return (storage) => map.get(storage) ?? fallback ?? storage;
}
