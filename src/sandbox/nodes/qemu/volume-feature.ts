import { failure } from '../../api-error.ts';
import type { StorageDefinition } from '../../host.ts';
import { storageOf } from './drive.ts';
import type { GuestScope } from './guest.ts';
import { disksOf } from './guest-drives.ts';
import { storageNamed } from './storage-access.ts';

/** What may be asked of a volume's storage. */
export type VolumeFeature = 'snapshot' | 'clone' | 'copy' | 'template' | 'rename';

type VolumeState = 'current' | 'base' | 'snap';
type States = Readonly<Partial<Record<VolumeFeature, readonly VolumeState[]>>>;

const COPY_ANY: readonly VolumeState[] = ['current', 'base', 'snap'];
const COPY_WHOLE: readonly VolumeState[] = ['current', 'base'];

/** By type of storage, the states of a volume in which it has a feature (pve-storage: PVE/Storage/*Plugin.pm, volume_has_feature). */
const BLOCK_FEATURES: Readonly<Partial<Record<StorageDefinition['type'], States>>> = {
  lvmthin: {
    ...{ snapshot: ['current'], clone: ['base', 'snap'], copy: COPY_ANY, template: ['current'], rename: ['current'] },
  },
  rbd: {
    snapshot: ['current', 'snap'],
    ...{ clone: ['base', 'snap'], copy: COPY_ANY, template: ['current'], rename: ['current'] },
  },
  zfspool: {
    snapshot: ['current', 'snap'],
    ...{ clone: ['base'], copy: COPY_WHOLE, template: ['current'], rename: ['current'] },
  },
  lvm: { copy: COPY_WHOLE, template: ['current'], rename: ['current'] },
};

const FILE_FEATURES: States = {
  ...{ clone: ['base'], copy: COPY_WHOLE, template: ['current'], rename: ['current'] },
};

/** Files of this format have snapshots of their own. */
const QCOW2_FEATURES: States = { ...FILE_FEATURES, snapshot: ['current', 'snap'], copy: COPY_ANY };

/** Whether a volume has a feature, in a snapshot where one is named; its name tells, whether it is there or not. */
export function volumeHasFeature(scope: GuestScope, volid: string, feature: VolumeFeature, snapshot?: string): boolean {
  const id = storageOf(volid);
  if (id === undefined) return false;
  const storage = storageNamed(scope.host, id);
  const state: VolumeState = snapshot !== undefined ? 'snap' : isBase(volid) ? 'base' : 'current';
  const ofFiles = volid.endsWith('.qcow2') ? QCOW2_FEATURES : FILE_FEATURES;
  return (BLOCK_FEATURES[storage.type] ?? ofFiles)[feature]?.includes(state) ?? false;
}

/** Whether all disks of a config have a feature (qemu-server: PVE/QemuConfig.pm, has_feature). */
export function guestHasFeature(
  scope: GuestScope,
  values: ReadonlyMap<string, string>,
  feature: VolumeFeature,
  snapshot?: string,
): boolean {
  return disksOf(scope.host.facts, values).every(({ drive }) => volumeHasFeature(scope, drive.file, feature, snapshot));
}

/** Whether a volume is a base image, by its name. */
function isBase(volid: string): boolean {
  return /[:/]base-\d+-[^/]+$/.test(volid);
}

/** Throws where linked clones need a base image; on storages whose names do not tell, they stand on their own. */
export function checkBaseUnused(scope: GuestScope, volid: string): void {
  const storage = storageOf(volid);
  if (storage === undefined || !isBase(volid)) return;
  const isUsed = scope.host.volumes.list(storage, scope.node).some((volume) => volume.volid.startsWith(`${volid}/`));
  if (isUsed) throw failure(`base volume '${volid}' is still in use by linked cloned`);
}
