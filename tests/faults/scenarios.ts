import type { JsonObject } from '../../src/core/json.ts';
import type { ImageServer } from '../requirements/image-server.ts';
import type { World } from './world.ts';

/** What is to be done to a cluster in which others live too. */
export interface Scenario {
  readonly name: string;
  /** What was applied before. */
  readonly before?: (images: ImageServer) => string;
  /** What is applied, or destroyed. */
  readonly document: (images: ImageServer) => string;
  readonly isRemoval?: true;
  readonly allow: readonly string[];
  /** What somebody does by hand after `before`. */
  readonly byHand?: (world: World) => Promise<void>;
}

/** The project of all scenarios. */
export const PROJECT = 'kind: project\nstack: lab\n';
/** The address of the guest of all scenarios. */
export const ADDRESS = 'vm/web-01';

const HEAD = 'kind: vm\nname: web-01\n';

const FIREWALL = `firewall:
  enabled: true
  policyIn: DROP
  aliases: { office: 192.0.2.0/24 }
  ipSets: { admins: { entries: [office, 10.0.0.0/8] } }
  rules:
    - { action: ACCEPT, macro: SSH, source: +admins }
    - { action: ACCEPT, protocol: tcp, dport: [80, 443] }
`;

const longestCreate = (images: ImageServer): string => `${HEAD}node: pve1
pool: ours
tags: [web]
description: the shop
onBoot: true
disks:
  scsi0: { storage: ceph-pool, size: 10GiB, image: { url: "${images.base}/debian.qcow2", checksum: "${images.checksum('/debian.qcow2')}" } }
  scsi1: { storage: ceph-pool, size: 8GiB }
network: { net0: { bridge: vmbr0 } }
system: { tpm: { storage: ceph-pool } }
cloudInit: { storage: ceph-pool, user: admin, password: hidden-from-all, addresses: { net0: { ipv4: dhcp } } }
ha: true
power: running
waitFor: { agent: 5m }
${FIREWALL}`;

const clone = (): string => `${HEAD}node: pve2
pool: ours
clone: { from: 9000, mode: full }
timeouts: { clone: 20m }
tags: [web]
cpu: { cores: 6 }
memory: { size: 4GiB }
disks: { scsi0: { size: 12GiB } }
cloudInit: { user: admin, addresses: { net0: { ipv4: dhcp } } }
ha: true
power: running
`;

const SMALL = 'node: pve1\nha: false\npower: running\nmemory: { size: 2GiB }\n';
const TWO_DISKS = 'disks: { scsi0: { storage: ceph-pool, size: 8GiB }, scsi1: { storage: ceph-pool, size: 4GiB } }\n';

/** The rows of both matrices. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'create', document: longestCreate, allow: [] },
  { name: 'clone', document: clone, allow: [] },
  {
    name: 'update',
    before: () =>
      `${HEAD}${SMALL}pool: others\n${TWO_DISKS}network: { net0: { bridge: vmbr0 } }\nfirewall: { enabled: false }\n`,
    document: () =>
      `${HEAD}node: pve1
ha: false
power: running
pool: ours
description: the new shop
tags: [web, new]
unused: destroy
memory: { size: 4GiB }
cpu: { cores: 4 }
boot: [scsi0, net0]
disks: { scsi0: { storage: ceph-pool, size: 8GiB }, scsi1: null, scsi2: { storage: ceph-pool, size: 2GiB } }
network: { net0: { bridge: vmbr9, vlan: 20 }, net1: { bridge: vmbr0 } }
${FIREWALL}`,
    allow: ['restart', 'data-loss'],
  },
  {
    name: 'move',
    before: () => `${HEAD}${SMALL}${TWO_DISKS}`,
    document: () =>
      `${HEAD}${SMALL}description: moved\n${TWO_DISKS.replace('scsi1: { storage: ceph-pool', 'scsi1: { storage: local-lvm')}`,
    allow: ['data-loss'],
  },
  {
    name: 'migrate',
    before: () => `${HEAD}${SMALL}${TWO_DISKS}`,
    document: () =>
      `${HEAD}${SMALL.replace('pve1', 'pve2')}onMoved: migrate\ndescription: moved\ntags: [moved]\n${TWO_DISKS}`,
    allow: ['migrate'],
  },
  {
    name: 'destroy',
    before: () => `${HEAD}node: pve1\nha: true\npower: running\npool: ours\n${TWO_DISKS}${FIREWALL}`,
    document: () => `${HEAD}node: pve1\nha: true\npower: running\npool: ours\n${TWO_DISKS}${FIREWALL}`,
    isRemoval: true,
    allow: ['data-loss'],
    byHand: async (world) => {
      const { pve } = world.begin();
      await pve.put('/nodes/pve1/qemu/101/config', { params: { delete: 'scsi1' } });
      await world.settle();
    },
  },
];

/** Puts into the cluster what nobody may touch: a guest by hand, one of another stack, a template, a stray volume. */
export async function addOthers(world: World): Promise<void> {
  const { pve } = world.begin();
  const post = async (path: string, params: JsonObject): Promise<void> => {
    await pve.post(path, { params });
    await world.settle();
  };
  for (const poolid of ['ours', 'others']) await post('/pools', { poolid });
  const base = { memory: 1024, scsihw: 'virtio-scsi-single', net0: 'virtio,bridge=vmbr0,firewall=1', agent: 1 };
  const disk = { scsi0: 'ceph-pool:4' };
  await post('/nodes/pve1/qemu', {
    vmid: 500,
    name: 'by-hand',
    ...base,
    ...disk,
    scsi1: 'ceph-pool:2',
    pool: 'others',
  });
  await pve.put('/nodes/pve1/qemu/500/config', { params: { delete: 'scsi1' } });
  await post('/nodes/pve1/qemu/500/firewall/rules', { type: 'in', action: 'ACCEPT', enable: 1 });
  await post('/cluster/ha/resources', { sid: 'vm:500', state: 'started' });
  const mark = { description: 'pvevm:other:vm/web-01:501', tags: 'pvevm-other' };
  await post('/nodes/pve2/qemu', { vmid: 501, name: 'web-01-other', ...base, ...disk, ...mark });
  await post('/nodes/pve1/qemu', {
    ...{ vmid: 9000, name: 'tpl', ...base, scsi0: 'ceph-pool:8,iothread=1', ide0: 'ceph-pool:cloudinit' },
    ...{ cores: 2, serial0: 'socket', vga: 'serial0', ciuser: 'root' },
  });
  await post('/nodes/pve1/qemu/9000/template', {});
  await post('/nodes/pve1/storage/ceph-pool/content', { vmid: 777, filename: 'vm-777-disk-0', size: '1G' });
  await pve.put('/storage/cephfs', { params: { content: 'iso,vztmpl,backup,snippets,import' } });
}
