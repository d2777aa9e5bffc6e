import { GIB, MIB, TIB } from '../../core/units.ts';
import type { NodeState, Volume } from '../host.ts';
import type { World } from './world.ts';

/** 2026-01-01T00:00:00Z, when the images of the world were put there. */
const IMAGES_MADE = 1_767_225_600;

function node(name: string, memoryFree: number): NodeState {
  const memory = 32 * GIB;
  return { name, cpus: 8, memory, memoryUsed: memory - memoryFree, online: true, bridges: ['vmbr0', 'vmbr9'] };
}

function image(volid: string, size: number, on?: string): Volume {
  const [storage = ''] = volid.split(':');
  return {
    volid,
    storage,
    content: 'iso',
    format: 'iso',
    size,
    ctime: IMAGES_MADE,
    ...(on === undefined ? {} : { node: on }),
  };
}

const NODES = [node('pve1', 24 * GIB), node('pve2', 28 * GIB), node('pve3', 20 * GIB)];

/** The world that a sandbox starts from: three quorate nodes, local and shared storages, installation images, no guest. */
export const smallWorld: World = {
  clusterName: 'sandbox',
  nodes: NODES,
  storages: [
    {
      id: 'local',
      type: 'dir',
      path: '/var/lib/vz',
      content: ['iso', 'vztmpl', 'backup', 'snippets', 'import'],
      shared: false,
      options: {},
    },
    {
      id: 'local-lvm',
      type: 'lvmthin',
      content: ['images', 'rootdir'],
      shared: false,
      options: { vgname: 'pve', thinpool: 'data' },
    },
    {
      id: 'cephfs',
      type: 'cephfs',
      path: '/mnt/pve/cephfs',
      content: ['iso', 'vztmpl', 'backup', 'snippets'],
      shared: true,
      options: {},
    },
    { id: 'ceph-pool', type: 'rbd', content: ['images', 'rootdir'], shared: true, options: { pool: 'ceph-pool' } },
  ],
  capacities: {
    local: { total: 100 * GIB, used: 0 },
    'local-lvm': { total: 500 * GIB, used: 0 },
    cephfs: { total: TIB, used: 0 },
    'ceph-pool': { total: 2 * TIB, used: 0 },
  },
  volumes: [
    image('cephfs:iso/nixos-minimal-24.11.iso', 1100 * MIB),
    image('cephfs:iso/nixos-minimal-25.05.iso', 1200 * MIB),
    ...NODES.map(({ name }) => image('local:iso/debian-13.iso', 700 * MIB, name)),
  ],
  datacenter: { keyboard: 'en-us' },
  users: [],
  acl: [],
  tokens: {},
};
