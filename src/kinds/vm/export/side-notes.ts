import { PvevmError } from '../../../core/error.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import type { TextRow } from '../../../pve/text-rows.ts';
import type { LiveState } from '../../kind.ts';
import type { Draft } from './draft.ts';

/** The replication jobs of the cluster; none where the server has no such list, or does not show it to the token. */
async function replicationJobs(cluster: ClusterView): Promise<readonly TextRow[]> {
  try {
    return (await cluster.texts('/cluster/replication')).rows;
  } catch (error) {
    if (error instanceof PvevmError && (error.status === 501 || error.code === 'PERMISSION')) return [];
    throw error;
  }
}

/** Notes what belongs to a guest and is no part of any document: its lock, its snapshots, its replication jobs. */
export async function takeSideNotes(
  draft: Draft,
  { node, vmid }: { readonly node: string; readonly vmid: number },
  live: LiveState,
  cluster: ClusterView,
): Promise<void> {
  const lock = live.current.get('lock');
  if (lock !== undefined) draft.lose(`lock: ${lock}`, 'Proxmox VE holds it while it works on the guest.');
  const snapshots = [...(await cluster.snapshots(node, vmid))].sort();
  if (snapshots.length > 0) draft.lose(`snapshots: ${snapshots.join(', ')}`, 'Snapshots stay with the guest.');
  for (const job of await replicationJobs(cluster)) {
    if (job['guest'] !== String(vmid)) continue;
    draft.lose(
      `replication job ${job['id']} to ${job['target']}`,
      'It is an object of the cluster, and stays as it is.',
    );
  }
}
