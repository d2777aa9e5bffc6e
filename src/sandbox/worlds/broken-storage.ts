import { GIB } from '../../core/units.ts';
import type { StorageDefinition } from '../host.ts';
import { configText, generatedKeys, macOf } from './guest-text.ts';
import { smallWorld } from './small.ts';
import type { World } from './world.ts';

const NFS: StorageDefinition = {
  id: 'nfs-away',
  type: 'nfs',
  path: '/mnt/pve/nfs-away',
  content: ['images', 'iso'],
  shared: true,
  options: { server: '203.0.113.50', export: '/srv/away' },
};
const FULL: StorageDefinition = {
  id: 'full-dir',
  type: 'dir',
  path: '/srv/full',
  content: ['images', 'rootdir'],
  shared: false,
  options: {},
};
const DISABLED: StorageDefinition = {
  id: 'off-zfs',
  type: 'zfspool',
  content: ['images', 'rootdir'],
  shared: false,
  options: { pool: 'rpool', disable: '1' },
};

/** As `small`, with a storage that does not answer on `pve2`, a full one, a disabled one, and a guest on the first. */
export const brokenStorageWorld: World = {
  ...smallWorld,
  clusterName: 'broken-storage',
  storages: [...smallWorld.storages, NFS, FULL, DISABLED],
  capacities: {
    ...smallWorld.capacities,
    'nfs-away': { total: 500 * GIB, used: 100 * GIB },
    'full-dir': { total: 64 * GIB, used: 64 * GIB },
    'off-zfs': { total: 500 * GIB, used: 0 },
  },
  inactive: ['nfs-away/pve2'],
  guests: [
    {
      vmid: 110,
      node: 'pve2',
      config: configText({
        ...generatedKeys(110),
        boot: 'order=scsi0',
        memory: '2048',
        name: 'on-nfs',
        net0: `virtio=${macOf(110)},bridge=vmbr0`,
        scsi0: 'nfs-away:110/vm-110-disk-0.qcow2,size=16G',
      }),
    },
  ],
};
