import type { Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import { type FoundGuest, textOf } from '../identity/found.ts';

/**
 * What a guest is doing, as it is compared with `power`: `running`, `stopped`; where it is to run, also `paused`,
 * `prelaunch` (its process waits to be let go) and `suspended` (to disk). QEMU's own word is asked for only where power is
 * managed, with one request a node. A guest that a backup holds in `prelaunch` is stopped (PVE/VZDump/QemuServer.pm).
 */
export async function livePower(resource: Resource, guest: FoundGuest, cluster: ClusterView): Promise<string> {
  const { node, vmid, running, config } = guest;
  const wanted = resource.spec['power'];
  const lock = textOf(config, 'lock');
  if (!running) return lock === 'suspended' && wanted === 'running' ? 'suspended' : 'stopped';
  if (wanted === undefined) return 'running';
  const state = (await cluster.qmpStates(node)).get(vmid);
  if (state === 'prelaunch' && lock === 'backup') return 'stopped';
  return state === 'paused' || state === 'prelaunch' ? state : 'running';
}
