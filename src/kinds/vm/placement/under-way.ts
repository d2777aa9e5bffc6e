import type { ClusterView } from '../../../pve/cluster.ts';
import type { PlanContext } from '../../kind.ts';

/**
 * Whether a guest that may be a document's is being migrated at this moment, by whomever: a plan would rest on the node
 * that it leaves. A lock that no task holds is none of that.
 */
export async function isMoveUnderWay(cluster: ClusterView, { resources }: PlanContext): Promise<boolean> {
  const names = new Set(resources.map(({ name }) => name));
  const ids = new Set(resources.map(({ spec }) => spec['vmid']));
  for (const { vmid, node, name, lock } of (await cluster.resources()).guests) {
    if (lock !== 'migrate' || !(ids.has(vmid) || (name !== undefined && names.has(name)))) continue;
    const tasks = await cluster.runningTasks(node);
    if (tasks.some(({ type, id }) => type === 'qmigrate' && id === String(vmid))) return true;
  }
  return false;
}
