import type { Diagnostic } from '../../../core/diagnostic.ts';
import { PvevmError } from '../../../core/error.ts';
import type { Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import type { RunningTask } from '../../../pve/cluster-rows.ts';
import type { PlanContext } from '../../kind.ts';
import { isMoveUnderWay } from '../placement/under-way.ts';

/** A guest that holds the lock of a create or clone: somebody's running one, or the left-over of an interrupted one. */
export interface Stub {
  readonly vmid: number;
  readonly node: string;
  readonly lock: string;
  /** The task that works on it; undefined for a left-over. */
  readonly upid: string | undefined;
}

const PATIENCE_MS = 600_000;
const POLL_MS = 500;
const CREATING = new Set(['qmcreate', 'qmrestore']);

/**
 * The task that works on a stub. That of a clone has the id of its source (recorded: `qmclone:120`), so that any clone
 * that the node is making may be the one: ours first, since those are waited for.
 */
function taskOf(
  { vmid, lock }: Pick<Stub, 'vmid' | 'lock'>,
  tasks: readonly RunningTask[],
  user: string,
): RunningTask | undefined {
  if (lock !== 'clone') return tasks.find((task) => CREATING.has(task.type) && task.id === String(vmid));
  const clones = tasks.filter((task) => task.type === 'qmclone');
  return clones.find((task) => task.upid.endsWith(`:${user}:`)) ?? clones[0];
}

async function stubsOf(cluster: ClusterView, user: string): Promise<readonly Stub[]> {
  const { guests } = await cluster.resources();
  const stubs: Stub[] = [];
  for (const { vmid, node, lock } of guests) {
    if (lock !== 'create' && lock !== 'clone') continue;
    const tasks = await cluster.runningTasks(node);
    stubs.push({
      vmid,
      node,
      lock,
      upid: taskOf({ vmid, lock }, tasks, user)?.upid,
    });
  }
  return stubs;
}

/**
 * A view of the cluster in which no create or clone of ours runs: what such a task makes may be a document's guest, so
 * it is waited for, and so is a migration of a document's guest. A lock without a task is looked at twice, since Proxmox VE writes it just before the task begins.
 * Throws where a task of ours takes longer than ten minutes.
 */
export async function settledView(
  context: PlanContext,
): Promise<{ readonly cluster: ClusterView; readonly stubs: readonly Stub[] }> {
  let { cluster } = context;
  for (let waited = 0; ; waited += POLL_MS) {
    const stubs = await stubsOf(cluster, context.user);
    const ours = stubs.find((stub) => stub.upid?.endsWith(`:${context.user}:`));
    const lookAgain = waited === 0 && stubs.some((stub) => stub.upid === undefined);
    const moving = ours === undefined && waited < PATIENCE_MS && (await isMoveUnderWay(cluster, context));
    if (ours === undefined && !lookAgain && !moving) return { cluster, stubs };
    if (waited >= PATIENCE_MS) {
      throw new PvevmError('LOCKED', `cannot plan: guest ${ours?.vmid} is still being created`, {
        hints: [`Look at the task ${ours?.upid} on ${ours?.node}.`, 'Run the command again when it has ended.'],
      });
    }
    await context.clock.sleep(POLL_MS);
    cluster = cluster.fresh();
  }
}

/** A note about each left-over of an interrupted create: nobody but a person may remove it, and it takes an id. */
export function leftOverNotes(resource: Resource, stubs: readonly Stub[]): readonly Diagnostic[] {
  return stubs
    .filter((stub) => stub.upid === undefined)
    .map(({ vmid, node, lock }) => ({
      severity: 'note',
      code: 'STUB',
      summary: 'the left-over of an interrupted create is in the cluster',
      detail: `Guest ${vmid} on ${node} holds lock: ${lock} and no task is working on it; another id is taken. Remove it with: qm unlock ${vmid} && qm destroy ${vmid}`,
      range: resource.range,
      address: resource.address,
    }));
}
