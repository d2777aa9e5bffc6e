import type { ClusterView } from '../../../pve/cluster.ts';
import { begin } from '../../begin.ts';
import { isVolumeKey } from '../live.ts';
import { isUnusedKey, volumeIn } from './volumes.ts';

/** Reads the snapshots of a guest, and begins to read what each of them holds: all of that is asked for, one by one. */
export async function readSnapshots(node: string, vmid: number, cluster: ClusterView): Promise<void> {
  for (const name of await cluster.snapshots(node, vmid)) begin(cluster.snapshotConfig(node, vmid, name));
}

/** The snapshots of a guest that hold each volume: Proxmox VE refuses to remove such a volume. */
export async function snapshotsByVolume(
  node: string,
  vmid: number,
  cluster: ClusterView,
): Promise<ReadonlyMap<string, readonly string[]>> {
  await readSnapshots(node, vmid, cluster);
  const users = new Map<string, readonly string[]>();
  for (const name of await cluster.snapshots(node, vmid)) {
    for (const [key, text] of await cluster.snapshotConfig(node, vmid, name)) {
      const volume = isVolumeKey(key) || isUnusedKey(key) ? volumeIn(key, text) : undefined;
      if (volume !== undefined) users.set(volume, [...new Set([...(users.get(volume) ?? []), name])]);
    }
  }
  return users;
}
