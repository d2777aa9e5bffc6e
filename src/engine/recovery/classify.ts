import { PvevmError } from '../../core/error.ts';
import { wasNotSent } from '../../pve/endpoints/failover.ts';
import { codeOfText } from '../../pve/errors.ts';

/**
 * What the failure of a write means for sending it again. `not-sent`: it certainly had no effect; `lost`: nobody knows
 * whether it had; `busy`, `locked`: it had none, and may have one later; `vanished`: its task cannot be asked any more;
 * `stale`, `taken`: somebody else was faster; `never`: it would fail again.
 */
export type FailureClass = 'not-sent' | 'lost' | 'busy' | 'locked' | 'vanished' | 'stale' | 'taken' | 'never';

const OF_CODE: Readonly<Partial<Record<PvevmError['code'], FailureClass>>> = {
  BUSY: 'busy',
  LOCKED: 'locked',
  STALE: 'stale',
  ID_TAKEN: 'taken',
};

// pve-common: PVE/Tools.pm, upid_read_status: the worker was killed, or its log is gone.
const NO_END = /failed: (?:unexpected status$|unable to get last line from task log)/;

function classOfTask(error: PvevmError): FailureClass {
  if (error.code !== 'TASK_FAILED') return error.code === 'TIMEOUT' ? 'vanished' : 'never';
  if (NO_END.test(error.message)) return 'vanished';
  return OF_CODE[codeOfText(error.message)] ?? 'never';
}

/** Says what a failed write, or the end of its task, means. */
export function classifyFailedWrite(error: unknown): FailureClass {
  if (!(error instanceof PvevmError)) return 'never';
  if (error.upid !== undefined) return classOfTask(error);
  // The worker's log is gone: the node was restarted, or it is one of thousands (pve-manager: PVE/API2/Tasks.pm).
  if (error.status === 400 && /no such task/.test(error.parameters['upid'] ?? '')) return 'vanished';
  const known = OF_CODE[error.code];
  if (known !== undefined) return known;
  // pveproxy found no connection to the node (pve-http-server: PVE/APIServer/AnyEvent.pm; AnyEvent::HTTP).
  if (error.status === 595 || wasNotSent(error)) return 'not-sent';
  if (error.code === 'CONNECT' || error.code === 'TIMEOUT') return 'lost';
  // Something in between answered in place of Proxmox VE.
  return error.status === 599 || error.status === 200 ? 'lost' : 'never';
}

/**
 * Whether the task of a start has failed for nothing but that the guest runs: another start came first, and held the lock of its
 * configuration until then (qemu-server: PVE/QemuServer.pm, vm_start).
 */
export function wasStartedBefore(error: unknown): boolean {
  return (
    error instanceof PvevmError && error.code === 'TASK_FAILED' && /failed: VM \d+ already running$/.test(error.message)
  );
}

// pve-guest-common: PVE/AbstractConfig.pm, load_config; the other one is of workers that look for the node first (recorded).
const NO_GUEST =
  /Configuration file 'nodes\/[^']+\/qemu-server\/\d+\.conf' does not exist|unable to find configuration file for VM \d+ on node '/;

/** Whether a read or a task has failed for nothing but that a guest's configuration is not where it was. */
export function saysNoGuest(error: unknown): error is PvevmError {
  const isSaid =
    error instanceof PvevmError &&
    (error.code === 'PVE_NOT_FOUND' || error.code === 'TASK_FAILED' || error.code === 'PVE_ERROR');
  return isSaid && NO_GUEST.test(error.message);
}

/** Whether a guest could not be taken out of HA since it is not in there any more (pve-ha-manager: PVE/API2/HA/Resources.pm, delete). */
export function wasTakenOutBefore(error: unknown): boolean {
  return error instanceof PvevmError && /: cannot delete service '[^']+', not HA managed!$/.test(error.message);
}

/** What a busy answer waits for, in a few words: `storage ceph-pool: busy`. */
export function busyWords(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [, storage] = /(?:cfs-lock 'storage-|\/pve-storage-)([^']+)'/.exec(text) ?? [];
  if (storage !== undefined) return `storage ${storage}: busy`;
  const [, vmid] = /\/lock-(\d+)\.conf'/.exec(text) ?? [];
  if (vmid !== undefined) return `guest ${vmid}: another task changes it`;
  if (/no quorum/.test(text)) return 'the cluster: no quorum';
  const [, lock] = /(?:VM|CT) (?:\d+ )?is locked \(([\w-]+)\)/.exec(text) ?? [];
  if (lock !== undefined) return `lock ${lock}`;
  const [, file] = /(?:cfs-lock|can't lock file) '([^']+)'/.exec(text) ?? [];
  return file === undefined ? 'a lock' : `the lock ${file}`;
}
