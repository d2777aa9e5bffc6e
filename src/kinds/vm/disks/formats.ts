// The image formats that guests' disks can have on a type of storage (pve-storage: plugindata of PVE/Storage/*Plugin.pm).
// lvm holds qcow2 where it chains snapshots as volumes, which only newer versions have and no answer tells.
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  dir: ['raw', 'qcow2', 'vmdk'],
  nfs: ['raw', 'qcow2', 'vmdk'],
  cifs: ['raw', 'qcow2', 'vmdk'],
  glusterfs: ['raw', 'qcow2', 'vmdk'],
  btrfs: ['raw'],
  lvm: ['raw', 'qcow2'],
  lvmthin: ['raw'],
  zfspool: ['raw'],
  zfs: ['raw'],
  rbd: ['raw'],
  iscsi: ['raw'],
  iscsidirect: ['raw'],
};

/** The image formats that a type of storage can hold; undefined for a type that is not known. */
export function formatsOf(storageType: string): readonly string[] | undefined {
  return FORMATS[storageType];
}
