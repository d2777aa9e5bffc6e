import { failure } from '../../api-error.ts';
import type { TaskRecord } from '../../host.ts';
import type { GuestScope } from './guest.ts';

/** How long an update waits for the lock on a guest's file, and how often it looks, in milliseconds. */
const TIMEOUT = 10_000;
const POLL = 20;

/** Tasks that hold that lock as long as they run: on the guest whose disks they copy. */
const HOLDING: ReadonlySet<string> = new Set(['qmmove', 'qmclone']);

/**
 * Waits until no task holds the lock on the guest's file, which is not the `lock` of its config; throws after 10 seconds
 * (pve-guest-common: PVE/AbstractConfig.pm, lock_config; pve-common: PVE/Tools.pm, lock_file_full).
 */
export async function waitForFileLock({ host, node, vmid }: GuestScope): Promise<void> {
  const deadline = host.clock.now() + TIMEOUT;
  while (host.tasks.list(node).some((task) => isHolding(task, vmid))) {
    if (host.clock.now() >= deadline) {
      throw failure(`can't lock file '/var/lock/qemu-server/lock-${vmid}.conf' - got timeout`);
    }
    await host.clock.sleep(POLL);
  }
}

/** A disk that goes to another guest is named by both: `100-scsi0>101-scsi1`. */
function isHolding({ type, id, exitstatus }: TaskRecord, vmid: number): boolean {
  return (
    exitstatus === undefined && HOLDING.has(type) && id.split('>').some((part) => part.split('-')[0] === String(vmid))
  );
}
