import { PvevmError } from '../core/error.ts';
import { displayDuration } from '../core/units.ts';
import type { ClusterView } from '../pve/cluster.ts';
import { parseUpid } from '../pve/upid.ts';
import type { PlanContext } from './kind.ts';

/** Something that goes on in the cluster, and that a plan would not know the end of. */
export interface UnderWay {
  /** As in `the download of debian.qcow2`. */
  readonly what: string;
  /** Its task; undefined where none is to be seen. */
  readonly upid?: string;
}

// Longer than most copies take, and short enough for a pipeline to learn what it waits for.
const PATIENCE_MS = 600_000;
const FIRST_MS = 500;
const LONGEST_MS = 5000;
const GROWTH = 1.5;

/**
 * Reads again until nothing is under way that a plan depends on, and tells what is waited for. All that was read before
 * is forgotten. Throws `LOCKED` after ten minutes, with the task.
 */
export async function untilSettled(
  { cluster, clock, onWaiting }: Pick<PlanContext, 'cluster' | 'clock' | 'onWaiting'>,
  look: () => Promise<UnderWay | undefined>,
): Promise<void> {
  const begun = clock.now();
  let slept = 0;
  for (let pauseMs = FIRST_MS; ; pauseMs = Math.min(pauseMs * GROWTH, LONGEST_MS)) {
    const found = await look();
    if (found === undefined) return;
    const waitedMs = Math.max(slept, clock.now() - begun);
    if (waitedMs >= PATIENCE_MS) throw waitedInVain(found, waitedMs);
    // Without a task there is nothing to wait for but a second look.
    if (found.upid !== undefined) onWaiting?.(found.what);
    await clock.sleep(pauseMs);
    slept += pauseMs;
    cluster.forget();
  }
}

function waitedInVain({ what, upid }: UnderWay, waitedMs: number): PvevmError {
  const node = parseUpid(upid)?.node;
  return new PvevmError('LOCKED', `cannot plan: waited ${displayDuration(waitedMs)} for ${what}`, {
    details: upid === undefined ? [] : [`Its task still runs: ${upid}`],
    hints: [
      ...(upid === undefined
        ? []
        : [`Look at it: pvenode task log ${upid}${node === undefined ? '' : ` (on ${node})`}`]),
      'Run the command again when it has ended: it plans from what is there then.',
    ],
  });
}

/** The running tasks of a sort that concern what is planned, as their own nodes see them. */
export async function runningOf(
  cluster: ClusterView,
  isWanted: (task: { readonly type: string; readonly id: string; readonly upid: string }) => boolean,
): Promise<readonly { readonly type: string; readonly id: string; readonly upid: string }[]> {
  // What the nodes tell each other costs one request; a node itself knows for sure (pve-manager: PVE/API2/Cluster.pm, tasks).
  const told = (await cluster.clusterTasks()).filter(isWanted);
  const nodes = new Set(told.flatMap(({ upid }) => parseUpid(upid)?.node ?? []));
  const running = [];
  for (const node of nodes) running.push(...(await cluster.runningTasks(node)));
  return running.filter(isWanted);
}
