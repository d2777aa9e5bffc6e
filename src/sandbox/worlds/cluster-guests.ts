import { MADE_AT } from './build.ts';
import { configText, generatedKeys, macOf } from './guest-text.ts';
import type { WorldGuest } from './world.ts';

type Keys = Readonly<Record<string, string>>;

interface More {
  /** What stands behind the main keys: `[PENDING]` and snapshots. */
  readonly sections?: string;
  readonly isRunning?: boolean;
}

function guest(vmid: number, node: string, keys: Keys, { sections = '', isRunning = false }: More = {}): WorldGuest {
  const main = configText({
    ...generatedKeys(vmid),
    agent: '1',
    boot: 'order=scsi0;net0',
    cores: '2',
    cpu: 'x86-64-v2-AES',
    memory: '2048',
    net0: `virtio=${macOf(vmid)},bridge=vmbr0,firewall=1`,
    ostype: 'l26',
    scsihw: 'virtio-scsi-single',
    ...keys,
  });
  return { vmid, node, config: main + sections, isRunning };
}

const WITH_SNAPSHOTS = `
[after-upgrade]
boot: order=scsi0;net0
cores: 2
cpu: x86-64-v2-AES
memory: 2048
name: db-01
net0: virtio=${macOf(120)},bridge=vmbr0,firewall=1
ostype: l26
parent: before-upgrade
scsi0: ceph-pool:vm-120-disk-0,iothread=1,size=64G
scsihw: virtio-scsi-single
snaptime: ${MADE_AT + 7200}

[before-upgrade]
#before the upgrade
boot: order=scsi0;net0
cores: 2
cpu: x86-64-v2-AES
memory: 1024
name: db-01
net0: virtio=${macOf(120)},bridge=vmbr0,firewall=1
ostype: l26
scsi0: ceph-pool:vm-120-disk-0,iothread=1,size=64G
scsihw: virtio-scsi-single
snaptime: ${MADE_AT + 3600}
`;

/** The guests of the world `cluster`: of every sort that a plan has to tell apart. */
export const CLUSTER_GUESTS: readonly WorldGuest[] = [
  guest(9000, 'pve1', {
    boot: 'order=scsi0',
    ide2: 'ceph-pool:vm-9000-cloudinit,media=cdrom,size=4M',
    name: 'debian-template',
    scsi0: 'ceph-pool:base-9000-disk-0,discard=on,size=8G',
    serial0: 'socket',
    tags: 'template',
    template: '1',
  }),
  guest(9001, 'pve2', {
    bios: 'ovmf',
    efidisk0: 'local-zfs:base-9001-disk-0,efitype=4m,pre-enrolled-keys=1,size=1M',
    machine: 'q35',
    name: 'windows-template',
    ostype: 'win11',
    scsi0: 'local-zfs:base-9001-disk-1,size=64G',
    template: '1',
    tpmstate0: 'local-zfs:base-9001-disk-2,size=4M,version=v2.0',
  }),
  guest(
    100,
    'pve1',
    {
      description: 'The front door.\nAsk the web team.',
      name: 'web-01',
      onboot: '1',
      scsi0: 'ceph-pool:vm-100-disk-0,iothread=1,size=32G,ssd=1',
      startup: 'order=2,up=30',
      tags: 'prod;web',
    },
    { isRunning: true },
  ),
  guest(
    101,
    'pve2',
    {
      name: 'web-02',
      onboot: '1',
      scsi0: 'ceph-pool:vm-101-disk-0,iothread=1,size=32G,ssd=1',
      tags: 'prod;web',
    },
    { isRunning: true, sections: '\n[PENDING]\ncores: 4\ndelete: agent\nmemory: 4096\n' },
  ),
  guest(102, 'pve3', { name: 'stopped-01', scsi0: 'local-lvm:vm-102-disk-0,size=16G' }),
  guest(103, 'pve3', { lock: 'backup', name: 'locked-01', scsi0: 'local-lvm:vm-103-disk-0,size=16G' }),
  guest(104, 'pve1', { name: 'protected-01', protection: '1', scsi0: 'nfs-store:104/vm-104-disk-0.qcow2,size=20G' }),
  guest(105, 'pve4', { name: 'plain-dir-01', scsi0: 'dir-store:105/vm-105-disk-0.raw,size=10G' }, { isRunning: true }),
  guest(
    106,
    'pve2',
    {
      boot: 'order=virtio0',
      ide2: 'cephfs:iso/nixos-minimal-25.05.iso,media=cdrom,size=1200M',
      name: 'every-bus-01',
      net1: `e1000=${macOf(106, 1)},bridge=vmbr9,tag=20`,
      sata0: 'local-zfs:vm-106-disk-1,size=4G',
      scsi0: 'ceph-pool:vm-106-disk-0,size=4G',
      unused0: 'ceph-pool:vm-106-disk-1',
      virtio0: 'local-zfs:vm-106-disk-0,size=8G',
    },
    { isRunning: true },
  ),
  guest(
    110,
    'pve1',
    { name: 'ha-01', scsi0: 'ceph-pool:vm-110-disk-0,size=32G', tags: 'ha;prod' },
    { isRunning: true },
  ),
  guest(111, 'pve3', { name: 'ha-off-01', scsi0: 'ceph-pool:vm-111-disk-0,size=32G', tags: 'ha' }),
  guest(
    120,
    'pve2',
    { memory: '4096', name: 'db-01', parent: 'after-upgrade', scsi0: 'ceph-pool:vm-120-disk-0,iothread=1,size=64G' },
    { isRunning: true, sections: WITH_SNAPSHOTS },
  ),
  guest(121, 'pve1', { name: 'linked-01', scsi0: 'ceph-pool:base-9000-disk-0/vm-121-disk-0,size=8G', tags: 'ci' }),
  guest(130, 'pve5', { name: 'out-of-reach-01', scsi0: 'ceph-pool:vm-130-disk-0,size=32G', tags: 'prod' }),
  guest(131, 'pve5', { name: 'out-of-reach-02', scsi0: 'local-lvm:vm-131-disk-0,size=32G' }),
];
