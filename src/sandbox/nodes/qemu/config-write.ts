import type { Json } from '../../../core/json.ts';
import { failure, parameterFailure } from '../../api-error.ts';
import type { Call, Endpoint } from '../../host.ts';
import type { GuestDraft } from './draft.ts';
import { normaliseDrives, resolveCdromAlias } from './drive-request.ts';
import { waitForFileLock } from './file-lock.ts';
import {
  checkDigest,
  checkLock,
  checkSkipLock,
  flatten,
  type GuestScope,
  loadDraft,
  loadGuest,
  scopeOf,
} from './guest.ts';
import { memoryOf } from './memory.ts';
import { requireForKeys, requireForNet } from './privilege.ts';
import { checkNames, hashPassword, namesIn, normaliseSettings, settingsOf } from './settings.ts';
import { checkStorageAccess } from './storage-access.ts';
import { type ConfigUpdate, updateConfig } from './update-config.ts';

const CONTROL = new Set([
  'node',
  'vmid',
  'digest',
  'background_delay',
  'import-working-storage',
  'skip_cloud_init',
  'skiplock',
  'delete',
  'revert',
  'force',
]);

/** How often a call with `background_delay` looks whether its task has ended, in milliseconds. */
const POLL = 20;

/** `PUT …/config` changes the guest before it answers; `POST …/config` in a task (qemu-server: PVE/API2/Qemu.pm). */
export const configWriteEndpoints: readonly Endpoint[] = [
  { method: 'PUT', path: '/nodes/{node}/qemu/{vmid}/config', handle: updateNow },
  { method: 'POST', path: '/nodes/{node}/qemu/{vmid}/config', handle: updateInTask },
];

/** Updates a guest's config as `PUT …/config` does. */
export async function updateNow(call: Call): Promise<Json> {
  const scope = scopeOf(call);
  await waitForFileLock(scope);
  const errors = updateConfig(scope, checkUpdate(call, scope));
  if (Object.keys(errors).length > 0) throw parameterFailure(errors);
  return null;
}

async function updateInTask(call: Call): Promise<Json> {
  const scope = scopeOf(call);
  await waitForFileLock(scope);
  const update = checkUpdate(call, scope);
  const { host, user, node, vmid } = scope;
  const summary = describe(call);
  const upid = host.tasks.start({
    node,
    type: 'qmconfig',
    id: String(vmid),
    user,
    run(task) {
      task.log(`update VM ${vmid}: ${summary}`);
      checkDigest(scope, call.params['digest']);
      const errors = updateConfig({ ...scope, log: (line) => task.log(line) }, update);
      if (Object.keys(errors).length > 0) throw flatten(parameterFailure(errors));
    },
  });
  const delay = Number(call.params['background_delay'] ?? 0);
  if (delay === 0) return upid;
  const deadline = host.clock.now() + delay * 1000;
  while (host.tasks.get(upid)?.exitstatus === undefined && host.clock.now() < deadline) await host.clock.sleep(POLL);
  const status = host.tasks.get(upid)?.exitstatus;
  if (status === undefined) return upid;
  if (status !== 'OK' && !/^WARNINGS: \d+$/.test(status)) throw failure(`failed to update VM ${vmid}: ${status}`);
  return null;
}

/** Everything that is checked before the guest is changed, in the order of the real call. */
function checkUpdate(call: Call, scope: GuestScope): ConfigUpdate {
  const { params } = call;
  const settings = settingsOf(call, CONTROL);
  const { cipassword } = settings;
  if (cipassword !== undefined) settings['cipassword'] = hashPassword(scope, cipassword);
  const skipLock = checkSkipLock(call);
  const deleted = [...namesIn(params['delete'])];
  const reverted = namesIn(params['revert']);
  if (!params['delete'] && !params['revert'] && Object.keys(settings).length === 0) {
    throw failure('no options specified');
  }
  resolveCdromAlias(settings);
  checkNames(scope, settings, deleted, reverted);
  loadGuest(scope);
  normaliseDrives(scope, settings);
  normaliseSettings(scope, settings);
  checkHookScript(scope, settings);
  requireForKeys(scope, deleted);
  requireForKeys(scope, Object.keys(settings));
  checkStorageAccess(scope, settings);
  for (const [key, value] of Object.entries(settings)) if (/^net\d+$/.test(key)) requireForNet(scope, value);
  const draft = loadDraft(scope);
  checkDigest(scope, params['digest']);
  const isSuspended = draft.current.get('lock') === 'suspended' && deleted.includes('vmstate');
  if (!skipLock && !isSuspended) checkLock(draft);
  for (const key of reverted) revert(draft, settings, deleted, key);
  checkBalloon(draft, settings);
  return { settings, deleted, isForced: params['force'] === 1 };
}

function revert(draft: GuestDraft, settings: Record<string, string>, deleted: string[], key: string): void {
  const current = draft.current.get(key);
  if (current !== undefined) settings[key] = current;
  else if (draft.pending.has(key)) deleted.push(key);
}

function checkHookScript(scope: GuestScope, settings: Readonly<Record<string, string>>): void {
  const { hookscript } = settings;
  if (hookscript !== undefined && scope.host.volumes.find(hookscript, scope.node)?.content !== 'snippets') {
    throw parameterFailure({ hookscript: `script '${hookscript}' does not exist\n` });
  }
}

function checkBalloon(draft: GuestDraft, settings: Readonly<Record<string, string>>): void {
  if (settings['memory'] === undefined && settings['balloon'] === undefined) return;
  const latest = (key: string) => settings[key] ?? draft.pending.get(key) ?? draft.current.get(key);
  if (Number(latest('balloon') ?? 0) > memoryOf(latest('memory'))) {
    throw failure('balloon value too large (must be smaller than assigned memory)');
  }
}

/** The line that the task's log begins with: every parameter, sorted, a password hidden. */
function describe(call: Call): string {
  const without = new Set(['node', 'vmid', 'digest', 'background_delay', 'skip_cloud_init']);
  const settings = settingsOf(call, without);
  return Object.keys(settings)
    .sort()
    .map((key) => `-${key} ${key === 'cipassword' ? '<hidden>' : settings[key]}`)
    .join(' ');
}
