import { GIB, MIB, TIB } from '../../core/units.ts';
import type { NodeState, StorageDefinition, Volume } from '../host.ts';
import type { Capacity } from './world.ts';

/** 2026-01-01T00:00:00Z, when what the worlds hold was put there; in seconds since the epoch. */
export const MADE_AT = 1_767_225_600;

/** A node of 8 CPUs and 32 GiB, with so many bytes free. */
export function node(name: string, memoryFree: number, more: Partial<NodeState> = {}): NodeState {
  const memory = 32 * GIB;
  const memoryUsed = memory - memoryFree;
  return {
    name,
    cpus: 8,
    memory,
    memoryUsed,
    online: true,
    bridges: ['vmbr0', 'vmbr9'],
    pools: ['pve', 'rpool'],
    ...more,
  };
}

/** An installation image; `on` is the node whose local storage holds it. */
function image(volid: string, size: number, on?: string): Volume {
  const [storage = ''] = volid.split(':');
  const place = on === undefined ? {} : { node: on };
  return { volid, storage, content: 'iso', format: 'iso', size, ctime: MADE_AT, ...place };
}

/** The storages that most worlds have: local ones on each node, and two of Ceph that are shared. */
export const COMMON_STORAGES: readonly StorageDefinition[] = [
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
];

/** How large the common storages are. */
export const COMMON_CAPACITIES: Readonly<Record<string, Capacity>> = {
  local: { total: 100 * GIB, used: 0 },
  'local-lvm': { total: 500 * GIB, used: 0 },
  cephfs: { total: TIB, used: 0 },
  'ceph-pool': { total: 2 * TIB, used: 0 },
};

/** The installation images of most worlds: two on `cephfs`, one on the `local` of each node. */
export function commonImages(nodes: readonly NodeState[]): readonly Volume[] {
  return [
    image('cephfs:iso/nixos-minimal-24.11.iso', 1100 * MIB),
    image('cephfs:iso/nixos-minimal-25.05.iso', 1200 * MIB),
    ...nodes.map(({ name }) => image('local:iso/debian-13.iso', 700 * MIB, name)),
  ];
}
