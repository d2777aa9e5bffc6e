import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { NodeStorage } from '../../../pve/cluster-rows.ts';
import type { Observation } from '../../kind.ts';
import { decodeVm, isVolumeKey } from '../live.ts';
import { wantedDisks, wantedFirmware } from '../wants.ts';

/**
 * Where the volumes of storages go that the new node lacks: the storage that the document writes for them, where the node
 * has that. A storage whose
 * volumes it wants on several ones is left out, since a migration has one for each.
 */
export function targetStorages(
  resource: Resource,
  texts: ReadonlyMap<string, string>,
  absent: ReadonlySet<string>,
  there: readonly NodeStorage[],
): ReadonlyMap<string, string> {
  const written = [...wantedDisks(resource), ...wantedFirmware(resource)].filter(({ origin }) => !origin.builtIn);
  const found = new Map<string, Set<string>>();
  for (const { slot, storage } of written) {
    const from = decodeVm(slot, texts.get(slot) ?? '')?.['storage'];
    const usable = there.some((row) => row.storage === storage && row.active && row.content.includes('images'));
    if (from === undefined || !absent.has(from) || !usable) continue;
    found.set(from, (found.get(from) ?? new Set()).add(storage));
  }
  return new Map(
    [...found].flatMap(([from, to]): readonly (readonly [string, string])[] => {
      const [storage, another] = to;
      return storage === undefined || another !== undefined ? [] : [[from, storage]];
    }),
  );
}

/** The map as Proxmox VE takes it: `local-zfs:ceph-pool,dir:local` (pve-common: PVE/JSONSchema.pm, parse_idmap). */
export function printStorageMap(map: ReadonlyMap<string, string>): string {
  return [...map].map((pair) => pair.join(':')).join(',');
}

/** Whether the migration itself brings a drive to another storage, so that nothing of that is left to be done. */
function isDoneByMove({ path, key, before, after }: Change, { movesTo }: Observation): boolean {
  const map = movesTo?.params['targetstorage'];
  return (
    typeof map === 'string' &&
    isVolumeKey(key) &&
    path.endsWith('.storage') &&
    map.split(',').includes(`${before}:${after}`)
  );
}

/** The changes that are left once the guest was brought to its node. */
export function changesAfterMove(observation: Observation, changes: readonly Change[]): readonly Change[] {
  return changes.filter((change) => change.key !== 'node' && !isDoneByMove(change, observation));
}
