import type { ClusterView } from '../../../pve/cluster.ts';
import { guestOf } from '../identity/by-vmid.ts';

/**
 * Whether the list of guests is taken at its word for an id that is not in it: the list has every guest at once, but leaves
 * out those that the token may not see (pve-manager: PVE/API2/Cluster.pm, resources). A guest that alone is kept from a
 * token that sees all others shows as well as one that is made meanwhile: its id is refused by the create, and the next one
 * taken.
 */
export async function isListed(vmid: number, cluster: ClusterView): Promise<boolean> {
  return await cluster.holdsItself(`/vms/${vmid}`, 'VM.Audit');
}

/** Whether an id may be chosen; Proxmox VE is asked only of one that may have a guest which the token cannot see. */
export async function isFree(vmid: number, cluster: ClusterView): Promise<boolean> {
  const { guests } = await cluster.resources();
  if (guestOf(vmid, guests) !== undefined) return false;
  return (await isListed(vmid, cluster)) || (await cluster.nextId(vmid)) !== undefined;
}
