import type { ClusterView } from '../../../pve/cluster.ts';
import type { PlanContext } from '../../kind.ts';
import type { UnderWay } from '../../until-settled.ts';

/**
 * The migration of a guest that may be a document's, by whomever: a plan would rest on the node that it leaves. A lock
 * that no task holds is none of that.
 */
export async function moveUnderWay(cluster: ClusterView, { resources }: PlanContext): Promise<UnderWay | undefined> {
  const names = new Set(resources.map(({ name }) => name));
  const ids = new Set(resources.map(({ spec }) => spec['vmid']));
  for (const { vmid, node, name, lock } of (await cluster.resources()).guests) {
    if (lock !== 'migrate' || !(ids.has(vmid) || (name !== undefined && names.has(name)))) continue;
    const tasks = await cluster.runningTasks(node);
    const task = tasks.find(({ type, id }) => type === 'qmigrate' && id === String(vmid));
    if (task !== undefined) return { what: `guest ${vmid}, which is being migrated`, upid: task.upid };
  }
  return undefined;
}
