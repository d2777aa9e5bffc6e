import { ApiError, failure, permissionFailure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { Call, Endpoint, TaskContext } from '../../host.ts';
import { checkTagChange } from '../../tag-access.ts';
import { allocateDrives } from './allocate-drives.ts';
import { defaultBootDevices, printBootOrder } from './boot-order.ts';
import { closeDraft } from './draft.ts';
import { normaliseDrives, resolveCdromAlias } from './drive-request.ts';
import { type GuestScope, scopeOf } from './guest.ts';
import { pinnedMachine } from './machine.ts';
import { powerTask } from './power.ts';
import { requireForDevice, requireForKeys, requireForNet, requireOnGuest } from './privilege.ts';
import { normaliseSettings, settingsOf } from './settings.ts';
import { checkStorageAccess, pathRefusal } from './storage-access.ts';
import { normaliseTags } from './tags.ts';
import { freeVolume } from './unused-volume.ts';

const CONTROL = new Set([
  'node',
  'vmid',
  'archive',
  'bwlimit',
  'force',
  'ha-managed',
  'import-working-storage',
  'live-restore',
  'pool',
  'start',
  'storage',
  'unique',
]);

/** `POST /nodes/{node}/qemu`: makes a guest (qemu-server: PVE/API2/Qemu.pm, create_vm). Backups are not restored. */
export const createEndpoint: Endpoint = {
  method: 'POST',
  path: '/nodes/{node}/qemu',
  handle(call) {
    const pool = textOf(call, 'pool');
    const storage = textOf(call, 'storage');
    const scope: GuestScope = { ...scopeOf(call), pool };
    const settings = settingsOf(call, CONTROL);
    checkArchive(call);
    checkPlace(call, scope, storage);
    resolveCdromAlias(settings);
    checkStorageAccess(scope, settings, storage);
    requireForKeys(scope, Object.keys(settings));
    if (behaviourOf(call.host).normalisesTagsOnCreate) checkTagChange(call.host, call.user, '', settings['tags'] ?? '');
    for (const [key, value] of Object.entries(settings)) {
      if (/^(?:serial|usb|hostpci)\d+$/.test(key)) requireForDevice(scope, key, value, 'set');
      if (/^net\d+$/.test(key)) requireForNet(scope, value);
    }
    normaliseDrives(scope, settings);
    normaliseSettings(scope, settings);
    reserve(scope);
    return scope.host.tasks.start({
      node: scope.node,
      type: 'qmcreate',
      id: String(scope.vmid),
      user: scope.user,
      run: (task) => create(call, scope, settings, storage, task),
    });
  },
};

function textOf(call: Call, name: string): string | undefined {
  const value = call.params[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function checkArchive(call: Call): void {
  const archive = textOf(call, 'archive');
  if (archive === undefined) return;
  if (!archive.includes(':') && !call.user.isRoot) {
    throw pathRefusal(call.host);
  }
  throw new ApiError(501, 'The sandbox does not restore backups');
}

function checkPlace(call: Call, scope: GuestScope, storage: string | undefined): void {
  const { host, user, pool, vmid } = scope;
  if (pool !== undefined && !host.access.pools.has(pool)) throw permissionFailure(`pool '${pool}' does not exist`);
  if (storage !== undefined) scope.require(`/storage/${storage}`, ['Datastore.AllocateSpace']);
  const mayAllocate = [`/vms/${vmid}`, ...(pool === undefined ? [] : [`/pool/${pool}`])].some((path) =>
    host.access.privileges(user, path).has('VM.Allocate'),
  );
  if (!mayAllocate && !user.isRoot) throw permissionFailure();
  if (call.params['start'] === 1 && behaviourOf(host).checksPowerOnCreate) requireOnGuest(scope, ['VM.PowerMgmt']);
  if (call.params['ha-managed'] === 1) scope.require('/', ['Sys.Console']);
}

/** Takes the id with a config that holds a lock and nothing else, until the task has made the guest. */
function reserve(scope: GuestScope): void {
  const { host, node, vmid } = scope;
  const existing = host.guests.get(vmid);
  if (existing !== undefined) {
    throw failure(`unable to create VM ${vmid} - VM ${vmid} already exists on node '${existing.node}'`);
  }
  host.guests.write(vmid, node, { current: { lock: 'create' }, pending: {}, pendingDelete: {}, sections: {} });
}

function create(
  call: Call,
  scope: GuestScope,
  settings: Readonly<Record<string, string>>,
  storage: string | undefined,
  task: TaskContext,
): void {
  const { host, node, vmid, pool } = scope;
  const logged: GuestScope = { ...scope, log: (line) => task.log(line) };
  try {
    writeNewGuest(logged, settings, storage);
  } catch (error) {
    host.guests.remove(vmid);
    if (error instanceof ApiError) throw failure(`unable to create VM ${vmid} - ${error.message}`);
    throw error;
  }
  if (pool !== undefined) {
    host.access.pools.get(pool)?.vms.add(vmid);
    host.save();
  }
  const isStarted = call.params['start'] === 1;
  if (isStarted) {
    task.log('Execute autostart');
    powerTask(scope, 'qmstart');
  }
  if (call.params['ha-managed'] === 1) {
    const sid = `vm:${vmid}`;
    host.ha.set(sid, { sid, type: 'vm', options: { state: isStarted ? 'started' : 'stopped' } });
    host.save();
    task.log(`Registering VM ${vmid} on node ${node} as HA resource`);
  }
}

function writeNewGuest(
  scope: GuestScope,
  settings: Readonly<Record<string, string>>,
  storage: string | undefined,
): void {
  const { host, node, vmid } = scope;
  const config = new Map(Object.entries(settings));
  const ctime = Math.floor(host.clock.now() / 1000);
  config.set('meta', `creation-qemu=${behaviourOf(host).qemu},ctime=${ctime}`);
  const { values, made } = allocateDrives(scope, settings, config, storage);
  for (const [key, value] of values) config.set(key, value);
  const tags = config.get('tags');
  if (tags !== undefined && behaviourOf(host).normalisesTagsOnCreate)
    config.set('tags', normaliseTags(tags, host.datacenter['tag-style']));
  if (!config.get('boot')) config.set('boot', printBootOrder(defaultBootDevices(host.facts, config)));
  if (!config.get('smbios1')) config.set('smbios1', `uuid=${host.random.uuid()}`);
  if (!config.has('vmgenid') && config.get('arch') !== 'aarch64') config.set('vmgenid', host.random.uuid());
  const machine = pinnedMachine(host, config.get('ostype'), config.get('machine'));
  if (machine !== undefined) {
    config.set('machine', machine);
    scope.log(`pinning machine type to '${machine.split(',')[0]}' for Windows guest OS`);
  }
  try {
    const draft = { current: config, pending: new Map(), pendingDelete: new Map(), sections: {} };
    host.guests.write(vmid, node, closeDraft(host.facts, draft));
  } catch (error) {
    for (const { volid } of made) freeVolume(scope, volid);
    throw error;
  }
}
