import type { Diagnostic } from '../../../core/diagnostic.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import type { ResourcePlan } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { PlanContext } from '../../kind.ts';
import { isUnusedKey, volumeIn } from '../disks/volumes.ts';
import type { FoundGuest } from '../identity/found.ts';
import { isVolumeKey } from '../live.ts';
import { doomedVolumes } from './doomed.ts';

/** The volumes that documents name, to attach them. */
function writtenVolumes(resource: Resource): readonly string[] {
  const { disks } = resource.spec;
  if (!isObject(disks)) return [];
  return Object.values(disks as JsonObject).flatMap((disk) => {
    const volume = isObject(disk) ? (disk as JsonObject)['volume'] : undefined;
    return typeof volume === 'string' ? [volume] : [];
  });
}

/**
 * An error for each volume that would go with a guest while a document is to attach it to its own: what guests have
 * already is told of with the removal itself.
 */
export async function sharedVolumes(
  resource: Resource,
  guest: Pick<FoundGuest, 'vmid' | 'config'>,
  planned: readonly ResourcePlan[],
  { cluster, resources }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const users = new Map<string, string>();
  for (const other of resources) for (const volume of writtenVolumes(other)) users.set(volume, other.address);
  for (const { node, vmid, action } of planned) {
    if (vmid === null || vmid === 0 || action === 'create') continue;
    // It was read for its plan, and is known.
    const { items } = await cluster.pending(node, vmid);
    for (const [key, item] of items) {
      if (!isVolumeKey(key) && !isUnusedKey(key)) continue;
      for (const value of [item.value, item.pending])
        if (value !== undefined) users.delete(volumeIn(key, String(value)) ?? '');
    }
  }
  return doomedVolumes(guest).flatMap(({ key, before }): readonly Diagnostic[] => {
    const volume = String(before).split(', ')[0] as string;
    const user = users.get(volume);
    if (user === undefined) return [];
    const detail = `${volume} is ${key} of guest ${guest.vmid}, which would be destroyed with it, and ${user} is to get it. Take it away from guest ${guest.vmid} first: pvevm would never part the two by itself.`;
    return [
      {
        severity: 'error',
        code: 'IMPOSSIBLE',
        summary: 'a volume is in use by another guest',
        detail,
        range: resource.range,
        address: resource.address,
      },
    ];
  });
}
