import type { ClusterView } from '../../../pve/cluster.ts';
import type { RunningTask } from '../../../pve/cluster-rows.ts';
import type { PlanContext } from '../../kind.ts';
import { type UnderWay, untilSettled } from '../../until-settled.ts';
import { ownTaskUnderWay } from '../leftovers/own-tasks.ts';
import { moveUnderWay } from '../placement/under-way.ts';

/** A guest of which there is no more than a lock: one that is being made or destroyed, or what is left of that. */
export interface Stub {
  readonly vmid: number;
  readonly node: string;
  readonly lock: 'create' | 'clone' | 'destroyed';
  /** The task that works on it; undefined where none is to be seen. */
  readonly upid: string | undefined;
  /** Whether the token sees the tasks of others on that node: then one that it does not see is not there. */
  readonly isSure: boolean;
}

const TASKS: Readonly<Record<Stub['lock'], readonly string[]>> = {
  create: ['qmcreate', 'qmrestore'],
  clone: ['qmclone'],
  destroyed: ['qmdestroy'],
};

const DEEDS: Readonly<Record<Stub['lock'], string>> = {
  create: 'created',
  clone: 'cloned',
  destroyed: 'destroyed',
};

/** What is done to a stub, as in `cloned`. */
export function deedOf({ lock }: Pick<Stub, 'lock'>): string {
  return DEEDS[lock];
}

function isStubLock(lock: string | undefined): lock is Stub['lock'] {
  return lock !== undefined && lock in TASKS;
}

/**
 * The task that works on a stub. That of a clone has the id of its source (recorded: `qmclone:120`), so that any clone
 * that the node is making may be the one: ours first, since those are waited for.
 */
function taskOf(
  vmid: number,
  lock: Stub['lock'],
  tasks: readonly RunningTask[],
  user: string,
): RunningTask | undefined {
  const found = tasks.filter(({ type, id }) => TASKS[lock].includes(type) && (lock === 'clone' || id === String(vmid)));
  return found.find((task) => task.upid.endsWith(`:${user}:`)) ?? found[0];
}

/** The stubs that are there, as far as the tasks of some nodes go, by tasks that were read before them. */
async function stubsOf(cluster: ClusterView, user: string, nodes: ReadonlySet<string>): Promise<readonly Stub[]> {
  // What a task has ended by then has no lock any more.
  for (const node of nodes) await cluster.runningTasks(node);
  const { guests } = await cluster.resources();
  const stubs: Stub[] = [];
  for (const { vmid, node, lock, type } of guests) {
    if (!isStubLock(lock) || type !== 'qemu') continue;
    const upid = taskOf(vmid, lock, await cluster.runningTasks(node), user)?.upid;
    // pve-manager: PVE/API2/Tasks.pm, node_tasks.
    stubs.push({ vmid, node, lock, upid, isSure: await cluster.holds(`/nodes/${node}`, 'Sys.Audit') });
  }
  return stubs;
}

/**
 * Waits until no create, clone or removal of ours runs, nor any other task of ours on a guest of the documents, nor
 * anybody's migration of one; gives the stubs that are there then. Each lock without a task is looked at twice, since
 * Proxmox VE writes it just before the task begins. Throws where a task takes longer than ten minutes.
 */
export async function settledStubs(context: PlanContext): Promise<readonly Stub[]> {
  const { cluster, user } = context;
  let stubs: readonly Stub[] = [];
  let unclear: ReadonlySet<number> = new Set();
  await untilSettled(context, async (): Promise<UnderWay | undefined> => {
    stubs = await stubsOf(cluster, user, new Set(stubs.map(({ node }) => node)));
    const before = unclear;
    unclear = new Set(stubs.flatMap(({ vmid, upid }) => (upid === undefined ? vmid : [])));
    const ours = stubs.find((stub) => stub.upid?.endsWith(`:${user}:`));
    const unseen = stubs.find(({ vmid }) => unclear.has(vmid) && !before.has(vmid));
    const stub = ours ?? unseen;
    if (stub !== undefined)
      return {
        what: `guest ${stub.vmid}, which is being ${deedOf(stub)}`,
        ...(stub.upid === undefined ? {} : { upid: stub.upid }),
      };
    return (await moveUnderWay(cluster, context)) ?? (await ownTaskUnderWay(context));
  });
  return stubs;
}
