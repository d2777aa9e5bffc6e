import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { told } from '../../told.ts';
import { wantedDisks } from '../wants.ts';

/**
 * A guest that is registered with HA though disks of it are on one node only: Proxmox VE takes that, and cannot start the
 * guest anywhere else once its node is lost.
 */
export async function unsharedUnderHa(
  resource: Resource,
  { node }: Observation,
  changes: readonly Change[],
  { cluster }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const registers = changes.some(({ key, state, after }) => key === 'ha' && state === 'change' && after !== null);
  if (!registers) return [];
  const storages = await unlessRefused(cluster.storagesOf(node), []);
  const local = wantedDisks(resource).filter(
    (disk) => storages.find((storage) => storage.storage === disk.storage)?.shared === false,
  );
  if (local.length === 0) return [];
  const disks = local.map((disk) => `${disk.slot} on ${disk.storage}`).join(', ');
  const detail = `HA starts a guest on another node when its own is lost, and these disks would not be there: ${disks}. Put them on shared storage, or write ha: false.`;
  return [told(resource, 'ha', 'warning', 'IMPOSSIBLE', 'HA without shared storage', detail)];
}
