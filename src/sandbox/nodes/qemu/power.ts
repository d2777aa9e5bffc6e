import { failure } from '../../api-error.ts';
import type { SandboxHost } from '../../host.ts';
import { applyPending } from './apply-pending.ts';
import { generateCloudInit } from './cloud-init-record.ts';
import { isDriveKey } from './config-key.ts';
import { hasPending } from './draft.ts';
import { parseDrive } from './drive.ts';
import { checkLock, type GuestScope, isRunning, loadDraft, writeDraft } from './guest.ts';
import { parseNet } from './net.ts';
import { freeVolume } from './unused-volume.ts';
import { saveState } from './vm-state.ts';

/** The tasks that change a guest's power. */
export type PowerTask =
  | 'qmstart'
  | 'qmstop'
  | 'qmshutdown'
  | 'qmreboot'
  | 'qmreset'
  | 'qmpause'
  | 'qmsuspend'
  | 'qmresume';

const paused = new WeakMap<SandboxHost, Set<number>>();

/** Whether a running guest is paused. */
export function isPaused(scope: GuestScope): boolean {
  return paused.get(scope.host)?.has(scope.vmid) ?? false;
}

function setPaused(scope: GuestScope, value: boolean): void {
  const guests = paused.get(scope.host) ?? new Set<number>();
  paused.set(scope.host, guests);
  if (value) guests.add(scope.vmid);
  else guests.delete(scope.vmid);
}

/** Starts the task of that name on the guest and returns its UPID (qemu-server: PVE/API2/Qemu.pm). */
export function powerTask(scope: GuestScope, type: PowerTask, skipLock = false): string {
  const run: Readonly<Record<PowerTask, (scope: GuestScope, skipLock: boolean) => void>> = {
    qmstart: startGuest,
    qmstop: stopGuest,
    qmshutdown: stopGuest,
    qmreboot: reboot,
    qmreset: requireUnlocked,
    qmpause: (on, skip) => pause(on, skip, true),
    qmsuspend: suspendToDisk,
    qmresume: resume,
  };
  return scope.host.tasks.start({
    node: scope.node,
    type,
    id: String(scope.vmid),
    user: scope.user,
    ...(type === 'qmsuspend' ? { begin: () => lockForSuspend(scope, skipLock) } : {}),
    run: (task) => run[type]({ ...scope, log: (line) => task.log(line) }, skipLock),
  });
}

function requireUnlocked(scope: GuestScope, skipLock: boolean): void {
  if (!skipLock) checkLock(loadDraft(scope));
}

/** Starts the process of a guest, after what is pending was applied (qemu-server: PVE/QemuServer.pm, vm_start). */
function startGuest(scope: GuestScope, skipLock: boolean): void {
  let draft = loadDraft(scope);
  if (draft.current.get('template') === '1') throw failure("you can't start a vm if it's a template");
  const isSuspended = draft.current.get('lock') === 'suspended';
  if (!skipLock && !isSuspended) checkLock(draft);
  if (isRunning(scope)) throw failure(`VM ${scope.vmid} already running`);
  if (isSuspended) {
    const state = draft.current.get('vmstate');
    if (state !== undefined) freeVolume(scope, state);
    for (const key of ['lock', 'vmstate', 'runningmachine', 'runningcpu']) draft.current.delete(key);
    draft = writeDraft(scope, draft);
  } else if (hasPending(draft)) {
    applyPending(scope, draft);
    draft = writeDraft(scope, draft);
  }
  generateCloudInit(scope);
  checkDevices(scope, draft.current);
  setPaused(scope, false);
  scope.host.guests.setStartedAt(scope.vmid, scope.host.clock.now());
}

function checkDevices(scope: GuestScope, config: ReadonlyMap<string, string>): void {
  const bridges = scope.host.nodes.get(scope.node)?.bridges ?? [];
  for (const [key, text] of [...config].sort()) {
    const file = isDriveKey(key) ? parseDrive(scope.host.facts, key, text)?.file : undefined;
    if (file !== undefined && file !== 'none' && file !== 'cdrom' && !file.startsWith('/')) {
      if (scope.host.volumes.find(file, scope.node) === undefined) throw failure(`volume '${file}' does not exist`);
    }
    const bridge = /^net\d+$/.test(key) ? parseNet(scope.host.facts, text)['bridge'] : undefined;
    if (bridge !== undefined && !bridges.includes(bridge)) throw failure(`bridge '${bridge}' does not exist`);
  }
}

/** Ends the process of a guest; what is pending is applied, so that the config shows what the next start will use. */
export function stopGuest(scope: GuestScope, skipLock: boolean): void {
  if (!isRunning(scope)) return;
  requireUnlocked(scope, skipLock);
  scope.host.guests.setStartedAt(scope.vmid, undefined);
  setPaused(scope, false);
  const draft = loadDraft(scope);
  if (!hasPending(draft)) return;
  applyPending(scope, draft);
  writeDraft(scope, draft);
}

function reboot(scope: GuestScope, skipLock: boolean): void {
  if (!isRunning(scope)) throw failure(`VM ${scope.vmid} not running`);
  stopGuest(scope, skipLock);
  // It is not the task that starts the guest again, but the host once the process is gone.
  startGuest({ ...scope, log: () => undefined }, skipLock);
}

function pause(scope: GuestScope, skipLock: boolean, value: boolean): void {
  if (!isRunning(scope)) throw failure(`VM ${scope.vmid} not running`);
  requireUnlocked(scope, skipLock);
  setPaused(scope, value);
}

/** Lets a paused guest go on; one that is suspended to disk is started (qemu-server: PVE/API2/Qemu.pm, vm_resume). */
function resume(scope: GuestScope, skipLock: boolean): void {
  if (isSuspendedToDisk(scope)) startGuest(scope, skipLock);
  else pause(scope, skipLock, false);
}

/** Whether a guest's memory is kept on a volume until its next start. */
export function isSuspendedToDisk(scope: GuestScope): boolean {
  return loadDraft(scope).current.get('lock') === 'suspended';
}

function lockForSuspend(scope: GuestScope, skipLock: boolean): void {
  if (!isRunning(scope)) throw failure(`VM ${scope.vmid} not running`);
  requireUnlocked(scope, skipLock);
  const draft = loadDraft(scope);
  draft.current.set('lock', 'suspending');
  writeDraft(scope, draft);
}

function suspendToDisk(scope: GuestScope): void {
  const draft = loadDraft(scope);
  const day = new Date(scope.host.clock.now()).toISOString().slice(0, 10);
  for (const [key, value] of saveState(scope, draft.current, `suspend-${day}`)) draft.current.set(key, value);
  draft.current.set('lock', 'suspended');
  writeDraft(scope, draft);
  scope.host.guests.setStartedAt(scope.vmid, undefined);
  setPaused(scope, false);
}
