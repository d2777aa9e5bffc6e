import { PvevmError } from '../../core/error.ts';
import { displayDuration } from '../../core/units.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { Pending, RunningTask } from '../../pve/cluster-rows.ts';
import type { PveReader } from '../../pve/reader.ts';
import type { Patience } from './patience.ts';

/** A guest's configuration once no lock is on it, and as it was found first. */
export interface Unlocked {
  readonly config: Pending;
  readonly found: Pending;
}

/**
 * The task that may hold a guest's lock. A backup of several guests carries no id, and a migration stays on the node that
 * the guest comes from (qemu-server: PVE/QemuMigrate.pm).
 */
async function holderOf(node: string, vmid: number, lock: string, pve: PveReader): Promise<RunningTask | undefined> {
  try {
    const cluster = createClusterView(pve);
    const tasks = [...(await cluster.runningTasks(node)), ...(lock === 'migrate' ? await cluster.clusterTasks() : [])];
    const own = tasks.find(({ id }) => id.split(/[->]/)[0] === String(vmid));
    return own ?? tasks.find(({ type, id }) => lock === 'backup' && type === 'vzdump' && id === '');
  } catch (error) {
    if (error instanceof PvevmError) return undefined;
    throw error;
  }
}

/**
 * Reads a guest until no lock is on it but the one that may be in place. Throws `LOCKED` at the end of patience, with the
 * task that holds the lock, as far as this user may see it.
 */
export async function waitForLock(
  { node, vmid }: { readonly node: string; readonly vmid: number },
  lockInPlace: string | undefined,
  what: string,
  pve: PveReader,
  patience: Patience,
): Promise<Unlocked> {
  let found: Pending | undefined;
  for (;;) {
    const config = await createClusterView(pve).pending(node, vmid);
    found ??= config;
    const lock = config.items.get('lock')?.value;
    if (lock === undefined || lock === lockInPlace) return { config, found };
    if (await patience.pause(`lock ${lock} of guest ${vmid}`)) continue;
    const holder = await holderOf(node, vmid, String(lock), pve);
    const since = holder === undefined ? '' : ` since ${new Date(holder.starttime * 1000).toISOString()}`;
    throw new PvevmError('LOCKED', `${what}: guest ${vmid} is locked (${lock})`, {
      details: [
        `Waited ${displayDuration(patience.waitedMs)} for the lock.`,
        holder === undefined
          ? `No task of guest ${vmid} is to be seen on ${node}.`
          : `${holder.type} of ${holder.user} runs${since}: ${holder.upid}`,
      ],
      hints: [
        'Wait for the task that holds the lock, and run the command again.',
        ...(holder === undefined ? [`Where nothing works on it any more: qm unlock ${vmid}`] : []),
      ],
    });
  }
}
