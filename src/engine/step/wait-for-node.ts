import type { Clock } from '../../core/clock.ts';
import { PvevmError } from '../../core/error.ts';
import type { Step } from '../../core/step.ts';
import { displayDuration } from '../../core/units.ts';
import { createClusterView } from '../../pve/cluster.ts';
import { rowsOf } from '../../pve/decode.ts';
import type { PveReader } from '../../pve/reader.ts';
import { waitForTask } from '../../pve/task.ts';
import type { GuestSession } from './guest-session.ts';

const POLL_MS = 1000;
// The HA manager looks at what it was asked every ten seconds, and its agent on the node again every ten.
const IDLE_MS = 120_000;

async function lockOn(node: string, vmid: number, pve: PveReader): Promise<'absent' | 'locked' | 'free'> {
  try {
    const config = await createClusterView(pve).pending(node, vmid);
    return config.items.has('lock') ? 'locked' : 'free';
  } catch (error) {
    if (error instanceof PvevmError && error.code === 'PVE_NOT_FOUND') return 'absent';
    throw error;
  }
}

/** The migration of a guest that began last on a node; its own clock says when, in seconds since 1970. */
async function lastMigration(node: string, vmid: number, pve: PveReader): Promise<string | undefined> {
  const path = '/nodes/{node}/tasks';
  const query = { vmid, typefilter: 'qmigrate', source: 'all', limit: 1 };
  return rowsOf(path, await pve.get(path, { path: { node }, query })).map((row) => row.text('upid'))[0];
}

/** What was known before the request for a migration was sent. */
export interface BeforeMove {
  readonly upid: string | undefined;
}

/** Notes which migration of the guest was the last one, so that the one that is asked for can be told from it. */
export async function beforeMove({ node, vmid }: GuestSession, pve: PveReader): Promise<BeforeMove> {
  return { upid: await lastMigration(node, vmid, pve) };
}

/**
 * Waits until a guest is on the node that a step brings it to, and lets the session go on there. Under HA the task of the
 * request ends when the HA manager was asked, and another task does it: its failure is this one's. Throws `TASK_FAILED`
 * for that, and `TIMEOUT` where nothing happens for two minutes, or the step's time is over.
 */
export async function waitForNode(
  step: Step,
  before: BeforeMove,
  session: GuestSession,
  pve: PveReader,
  clock: Clock,
  onProgress: (runningMs: number, line?: string) => void,
): Promise<void> {
  const { node: target = session.node, timeoutMs } = step.await;
  const { node, vmid } = session;
  const start = clock.now();
  let activeAt = start;
  let known = before.upid;
  for (;;) {
    if ((await lockOn(target, vmid, pve)) !== 'absent') {
      session.moveTo(target);
      return;
    }
    const now = clock.now();
    const upid = await lastMigration(node, vmid, pve);
    if (upid !== undefined && upid !== known) {
      activeAt = now;
      await waitForTask(pve, upid, { clock, timeoutMs: Math.max(1, timeoutMs - (now - start)), onProgress });
      known = upid;
    } else if ((await lockOn(node, vmid, pve)) === 'locked') activeAt = now;
    const idle = now - activeAt >= IDLE_MS;
    if (idle || now - start >= timeoutMs) {
      throw new PvevmError(
        'TIMEOUT',
        `guest ${vmid} is on ${node} after ${displayDuration(now - start)}, and not on ${target}`,
        {
          hints: ['Look at the tasks of the node, and run the command again: it plans from where the guest is then.'],
        },
      );
    }
    onProgress(now - start);
    await clock.sleep(POLL_MS);
  }
}
