import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import { displaySize, GIB } from '../../../core/units.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import type { NodeStorage } from '../../../pve/cluster-rows.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { besides } from '../../space-ledger.ts';
import { told } from '../../told.ts';
import { type WantedDisk, wantedDisks } from '../wants.ts';

/**
 * Whether a volume gets all of its room when it is made, so that one that does not fit is refused (pve-storage:
 * PVE/Storage/LVMPlugin.pm, PVE/Storage/ZFSPoolPlugin.pm); others promise room, and may run out of it later.
 */
async function reserves({ storage, type }: NodeStorage, cluster: ClusterView): Promise<boolean> {
  if (type !== 'zfspool') return type === 'lvm';
  const definitions = await unlessRefused(cluster.texts('/storage'), undefined);
  const own = definitions?.rows.find((row) => row['storage'] === storage);
  return own !== undefined && own['sparse'] !== '1';
}

function isNew({ slot }: WantedDisk, changes: readonly Change[]): boolean {
  return changes.some(
    ({ key, before, state, withdraws }) => key === slot && state === 'change' && before === null && withdraws !== true,
  );
}

/**
 * Storages with less free space than the new disks on them take, with what the plan takes of them besides: an error where
 * that is refused, else a warning.
 */
export async function scarceSpace(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  { cluster, space }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const wanted = wantedDisks(resource).filter((disk) => isNew(disk, changes));
  if (wanted.length === 0) return [];
  const storages = await cluster.storagesOf(observation.node);
  const found: Diagnostic[] = [];
  for (const name of new Set(wanted.map((disk) => disk.storage))) {
    const disks = wanted.filter((disk) => disk.storage === name);
    const bytes = disks.reduce((sum, disk) => sum + disk.size, 0);
    const storage = storages.find((candidate) => candidate.storage === name);
    const [first] = disks;
    // Of a storage that does not answer nothing is known, and that is told elsewhere.
    if (storage === undefined || first === undefined || !storage.active || bytes === 0) continue;
    const isReserved = await reserves(storage, cluster);
    const claim = { by: resource.address, storage: name, node: observation.node, shared: storage.shared };
    const amount = isReserved ? { firm: bytes, thin: 0 } : { firm: 0, thin: bytes };
    const strain = space.claim({ ...claim, ...amount }, storage.avail);
    if (strain === undefined) continue;
    const { isRefused } = strain;
    const slots = disks.map((disk) => disk.slot).join(', ');
    const takes = `${slots} on ${name} (${first.origin.text}): ${displaySize(bytes)} wanted${besides(strain)}, and ${(storage.avail / GIB).toFixed(1)} GiB are free.`;
    const detail = isRefused
      ? `${takes} A storage of type ${storage.type} gives a disk all of its room at once, and refuses this one. Write a smaller size, or another storage.`
      : `${takes} The storage promises room that it does not have: the guest fails when it runs out. Write a smaller size, or another storage.`;
    const path = first.size > 0 ? `disks.${first.slot}.size` : first.path;
    const severity = isRefused ? 'error' : 'warning';
    found.push(told(resource, path, severity, 'MISSING', 'the storage has less space than the disks may take', detail));
  }
  return found;
}
