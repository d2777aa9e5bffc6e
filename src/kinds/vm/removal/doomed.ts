import type { Change } from '../../../core/plan.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { PlanContext } from '../../kind.ts';
import { isUnusedKey, ownerOf } from '../disks/volumes.ts';
import type { FoundGuest } from '../identity/found.ts';
import { isVolumeKey, storedParts } from '../live.ts';

/** What goes with a guest, as a change of the plan that destroys it. */
function lost(path: string, key: string, before: string): Change {
  return { path, key, before, after: null, effect: 'data-loss', state: 'change', origin: 'destroy' };
}

/**
 * The volumes that go with a guest: its own by their names, attached, pending, unused, or the memory of one that is
 * suspended to disk. A medium, and a volume of another guest, stay (qemu-server: PVE/QemuServer.pm, destroy_vm).
 */
export function doomedVolumes(guest: Pick<FoundGuest, 'vmid' | 'config'>): readonly Change[] {
  const changes: Change[] = [];
  for (const [key, item] of [...guest.config.items].sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (!isVolumeKey(key) && !isUnusedKey(key) && key !== 'vmstate') continue;
    for (const value of new Set([item.value, item.pending])) {
      const parts = value === undefined ? undefined : storedParts(isVolumeKey(key) ? key : 'scsi0', String(value));
      const file = parts?.['file'];
      if (file === undefined || ownerOf(file) !== guest.vmid) continue;
      const size = parts?.['size'];
      changes.push(lost(key, key, size === undefined ? file : `${file}, ${size}`));
    }
  }
  return changes;
}

/** The snapshots that go with a guest, with the volumes that hold their memory; none where the token may not see them. */
export async function doomedSnapshots(
  { node, vmid }: Pick<FoundGuest, 'node' | 'vmid'>,
  { cluster }: PlanContext,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const name of await unlessRefused(cluster.snapshots(node, vmid), [])) {
    const config = await unlessRefused(cluster.snapshotConfig(node, vmid, name), new Map<string, string>());
    const memory = config.get('vmstate');
    changes.push(lost(`snapshot ${name}`, 'snapshot', memory === undefined ? 'disks' : `disks and memory, ${memory}`));
  }
  return changes;
}

/** What goes with a guest by its names alone: volume ids, `snapshot NAME`, and the volumes of snapshots' memory. */
export function doomedNames(lost: readonly Change[]): readonly string[] {
  const names = lost.flatMap(({ path, key, before }) => {
    const [first = '', second] = String(before).split(', ');
    if (key !== 'snapshot') return [first];
    return second === undefined ? [path] : [path, second];
  });
  return [...new Set(names)];
}
