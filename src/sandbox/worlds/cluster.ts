import { GIB, TIB } from '../../core/units.ts';
import type { StorageDefinition } from '../host.ts';
import { COMMON_CAPACITIES, COMMON_STORAGES, commonImages, node } from './build.ts';
import { CLUSTER_GUESTS } from './cluster-guests.ts';
import type { World } from './world.ts';

const NODES = [
  node('pve1', 20 * GIB),
  node('pve2', 26 * GIB),
  node('pve3', 28 * GIB),
  node('pve4', 12 * GIB, { cpus: 4 }),
  node('pve5', 30 * GIB, { online: false }),
];

const MORE_STORAGES: readonly StorageDefinition[] = [
  {
    id: 'local-zfs',
    type: 'zfspool',
    content: ['images', 'rootdir'],
    shared: false,
    nodes: ['pve1', 'pve2'],
    options: { pool: 'rpool/data', sparse: '1' },
  },
  {
    id: 'nfs-store',
    type: 'nfs',
    path: '/mnt/pve/nfs-store',
    content: ['images', 'iso', 'backup', 'import'],
    shared: true,
    options: { server: '203.0.113.50', export: '/srv/store' },
  },
  {
    id: 'dir-store',
    type: 'dir',
    path: '/srv/guests',
    content: ['images', 'rootdir'],
    shared: false,
    nodes: ['pve4'],
    options: {},
  },
];

/** Five nodes, one of them offline, storages of six types, and guests of every sort. */
export const clusterWorld: World = {
  clusterName: 'cluster',
  nodes: NODES,
  storages: [...COMMON_STORAGES, ...MORE_STORAGES],
  capacities: {
    ...COMMON_CAPACITIES,
    'local-zfs': { total: 900 * GIB, used: 0 },
    'nfs-store': { total: 4 * TIB, used: TIB },
    'dir-store': { total: 200 * GIB, used: 0 },
  },
  volumes: commonImages(NODES),
  datacenter: { keyboard: 'en-us' },
  users: ['web@pve'],
  acl: [
    { path: '/pool/web', type: 'user', ugid: 'web@pve', roleid: 'PVEVMAdmin', propagate: true },
    { path: '/pool/web', type: 'token', ugid: 'web@pve!ci', roleid: 'PVEVMAdmin', propagate: true },
    { path: '/storage/ceph-pool', type: 'user', ugid: 'web@pve', roleid: 'PVEDatastoreUser', propagate: true },
    { path: '/storage/ceph-pool', type: 'token', ugid: 'web@pve!ci', roleid: 'PVEDatastoreUser', propagate: true },
  ],
  passwords: { 'root@pam': 'sandbox', 'web@pve': 'sandbox' },
  tokens: { 'web@pve!ci': true },
  guests: CLUSTER_GUESTS,
  pools: {
    web: { comment: 'the web team', vms: [100, 101], storages: [] },
    ci: { comment: '', vms: [121], storages: ['nfs-store'] },
  },
  ha: [
    { sid: 'vm:110', type: 'vm', options: { state: 'started' } },
    { sid: 'vm:111', type: 'vm', options: { state: 'stopped' } },
  ],
};
