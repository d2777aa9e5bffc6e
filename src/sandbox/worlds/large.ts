import { GIB, TIB } from '../../core/units.ts';
import { COMMON_STORAGES, commonImages, node } from './build.ts';
import { configText, generatedKeys, macOf } from './guest-text.ts';
import type { World, WorldGuest } from './world.ts';

const NODES = Array.from({ length: 8 }, (_each, index) =>
  node(`pve${index + 1}`, 900 * GIB, { cpus: 128, memory: TIB, memoryUsed: 124 * GIB }),
);
const GUESTS = 2000;
const TEAMS = ['blue', 'green', 'red', 'white'];

function guest(index: number): WorldGuest {
  const vmid = 1000 + index;
  const team = TEAMS[index % TEAMS.length] ?? '';
  const storage = index % 2 === 0 ? 'ceph-pool' : 'local-lvm';
  return {
    vmid,
    node: NODES[index % NODES.length]?.name ?? '',
    isRunning: index % 5 !== 0,
    config: configText({
      ...generatedKeys(vmid),
      agent: '1',
      boot: 'order=scsi0;net0',
      cores: String(1 + (index % 4)),
      cpu: 'host',
      memory: String(512 * (1 + (index % 4))),
      name: `vm-${vmid}`,
      net0: `virtio=${macOf(vmid)},bridge=vmbr0,firewall=1`,
      onboot: '1',
      ostype: 'l26',
      scsi0: `${storage}:vm-${vmid}-disk-0,iothread=1,size=32G`,
      scsihw: 'virtio-scsi-single',
      tags: `${team};team`,
    }),
  };
}

/** Eight large nodes with 2,000 guests, four fifths of them running, in a pool for each team. */
export function largeWorld(): World {
  const guests = Array.from({ length: GUESTS }, (_each, index) => guest(index));
  const pools = TEAMS.map((team, offset) => {
    const vms = guests.filter((_guest, index) => index % TEAMS.length === offset).map(({ vmid }) => vmid);
    return [team, { comment: `team ${team}`, vms, storages: [] }] as const;
  });
  return {
    clusterName: 'large',
    nodes: NODES,
    storages: COMMON_STORAGES,
    capacities: {
      local: { total: 200 * GIB, used: 0 },
      'local-lvm': { total: 20 * TIB, used: 0 },
      cephfs: { total: 10 * TIB, used: 0 },
      'ceph-pool': { total: 200 * TIB, used: 0 },
    },
    volumes: commonImages(NODES),
    datacenter: { keyboard: 'en-us' },
    users: [],
    acl: [],
    passwords: { 'root@pam': 'sandbox' },
    tokens: {},
    guests,
    pools: Object.fromEntries(pools),
  };
}
