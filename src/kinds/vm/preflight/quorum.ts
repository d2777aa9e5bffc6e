import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import { unlessRefused } from '../../../pve/refused.ts';

/**
 * A cluster without quorum, whose configuration nobody can change (pve-cluster: PVE/Cluster.pm, check_cfs_quorum). A token
 * that may not read the cluster's state learns of it from the first write.
 */
export async function quorumProblem(
  resource: Resource,
  changes: readonly Change[],
  cluster: ClusterView,
): Promise<readonly Diagnostic[]> {
  if (!changes.some((change) => change.state === 'change')) return [];
  const status = await unlessRefused(cluster.clusterStatus(), undefined);
  if (status === undefined || status.quorate) return [];
  const offline = status.nodes.filter((node) => !node.online).map((node) => node.name);
  const detail = `${offline.length} of ${status.nodes.length} nodes are offline (${offline.sort().join(', ')}), and without a majority Proxmox VE changes nothing. Bring nodes back, and look at the cluster with pvecm status.`;
  const { range, address } = resource;
  return [{ severity: 'error', code: 'IMPOSSIBLE', summary: 'the cluster has no quorum', detail, range, address }];
}
