import { MIB } from '../../../core/units.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import { parseDiskSize } from '../../../pve/codecs/codecs.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { decodeVm } from '../live.ts';

// What a volume is made of (pve-storage: PVE/Storage/LVMPlugin.pm, extents, 4 MiB unless the volume group says otherwise;
// ZFSPoolPlugin.pm and RBDPlugin.pm, 1 MiB). Files are as large as they are asked for.
const EXTENTS: Readonly<Record<string, number>> = { lvm: 4 * MIB, lvmthin: 4 * MIB, zfspool: MIB, zfs: MIB, rbd: MIB };
const LARGEST = 4 * MIB;

/**
 * The values with those sizes taken from the live side that differ only by what the storage rounds up: the config has the
 * size that was asked for, until the next write of the drive reads that of the volume (qemu-server: PVE/API2/Qemu.pm,
 * create_disks).
 */
export async function withRoundedSizes(
  values: readonly ManagedValue[],
  live: LiveState,
  node: string,
  cluster: ClusterView,
): Promise<readonly ManagedValue[]> {
  const rounded: ManagedValue[] = [];
  for (const managed of values) {
    const parts = managed.sub === 'size' ? decodeVm(managed.key, live.pending.get(managed.key) ?? '') : undefined;
    const found = parseDiskSize(parts?.['size'] ?? '');
    const { value } = managed;
    const isClose =
      typeof value === 'number' && found !== undefined && found !== value && Math.abs(found - value) < LARGEST;
    if (!isClose) {
      rounded.push(managed);
      continue;
    }
    const storage = (await cluster.storagesOf(node)).find((candidate) => candidate.storage === parts?.['storage']);
    const extent = EXTENTS[storage?.type ?? ''];
    const agrees = extent !== undefined && Math.ceil(value / extent) === Math.ceil(found / extent);
    rounded.push(agrees ? { ...managed, value: found } : managed);
  }
  return rounded;
}
