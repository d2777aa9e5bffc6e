import type { Json } from '../../src/core/json.ts';

const SIZES = ['1GiB', '512MiB', '32G', '1536MiB', '1.5GiB', '100KiB', '40GiB'];

/** Values of fields whose examples name what no sandbox has, or of which there are more than examples. */
export const BY_PATH: Readonly<Record<string, readonly Json[]>> = {
  description: ['Shop', 'two\nlines\n', '', '  lead', 'ünï: 50% #x\n\n- a', 'pvevm: x', '0', null],
  tags: [['web'], ['Prod', 'a.b', '1'], [], ['x_y', 'web', 'Prod'], null],
  node: ['pve1', 'pve2'],
  pool: ['web', 'web/front', null],
  'os.media': ['none', 'local:iso/debian-13.iso', { storage: 'cephfs', latest: '*nixos*' }, null],
  disks: [[{ size: '1GiB' }, {}, { size: '2GiB', bus: 'virtio' }], [], { scsi0: { size: '64GiB' }, virtio1: {} }],
  network: [[{ bridge: 'vmbr0' }, {}], [], { net0: { vlan: 20 } }],
  'firewall.rules': [
    [
      { action: 'ACCEPT', macro: 'SSH', source: '10.0.0.0/8' },
      { direction: 'out', action: 'DROP', dest: '192.0.2.1' },
    ],
    [{ action: 'DROP', protocol: 'tcp', dport: [80, 443], log: 'info', enabled: false, comment: 'later' }],
    [
      { action: 'REJECT', iface: 'net0' },
      { action: 'ACCEPT', macro: 'SSH', source: '10.0.0.0/8' },
    ],
    [{ group: 'webservers' }, { action: 'ACCEPT', protocol: 'icmp', icmpType: 'echo-request' }],
    [],
    null,
  ],
  cloudInit: [{ user: 'admin', addresses: { net0: { ipv4: 'dhcp' } } }, { password: 'secret-2' }, {}, null],
  'system.machine': ['q35', 'pc', 'pc-q35-9.2+pve1', 'pc-i440fx-8.1', null],
  'system.machine.type': ['q35', 'pc', 'pc-q35-7.2'],
  'system.efi.storage': ['ceph-pool', 'local-lvm'],
  'system.tpm.storage': ['ceph-pool', 'local-lvm'],
  'system.hookscript': ['local:snippets/hook.pl', null],
  'disks.*.storage': ['ceph-pool', 'local-lvm'],
  'disks.*.size': SIZES,
  'disks.*.format': ['raw'],
  'system.efi.format': ['raw'],
  'cloudInit.format': ['raw'],
  'cloudInit.storage': ['ceph-pool', 'local-lvm'],
  'cloudInit.custom.user': ['local:snippets/user.yaml', null],
  'cloudInit.custom.network': ['local:snippets/network.yaml', null],
  'cloudInit.custom.meta': ['local:snippets/meta.yaml', null],
  'cloudInit.custom.vendor': ['local:snippets/vendor.yaml', null],
  'cloudInit.password': ['secret-1', null],
  'cpu.cores': [1, 2, 4, 8, null],
  'cpu.sockets': [1, 2, null],
  'cpu.vcpus': [1, 2, null],
  'cpu.type': ['host', 'kvm64', 'x86-64-v2-AES', 'EPYC', null],
  'memory.size': ['512MiB', '2GiB', '16MiB', '4G', '1GiB', null],
  'memory.balloon': [false, '16MiB', '512MiB', null],
  'network.*.bridge': ['vmbr0', 'vmbr9'],
  'network.*.trunks': [[3, '10-20'], [1], [], null],
  'network.*.mac': ['bc:24:11:00:00:0a', 'BC:24:11:AA:BB:CC', '02:00:00:00:00:01'],
  boot: [['scsi0', 'net0'], ['net0'], ['scsi0'], [], null],
  'console.serial': ['socket', '/dev/ttyS1', null],
  'ha.rules': [['keep-apart'], ['keep-apart', 'on-front'], [], null],
};

/** Where the slots of a map are taken from: with gaps, of all buses, in either case. */
export const SLOTS: Readonly<Record<string, readonly string[]>> = {
  disks: ['scsi0', 'scsi1', 'scsi7', 'virtio0', 'sata1', 'ide0', 'ide3'],
  network: ['net0', 'net1', 'net3'],
  'firewall.ipSets': ['admins', 'Guests'],
  'firewall.aliases': ['office', 'Home'],
  'cloudInit.addresses': ['net0', 'net1'],
  'cpu.numaNodes': ['numa0', 'numa1'],
};

/** Fields that no generated spec has, and why. */
export const LEFT_OUT: ReadonlyMap<RegExp, string> = new Map([
  [/^(apiVersion|kind|name|vmid|instances|each|extends|vars)\b/, 'says how a document is read'],
  [/^(ignore|exclusive|defaults)$/, 'speaks of the rest of the spec, and is laid over it'],
  [/^clone\b/, 'needs a template: tests/requirements/clone.test.ts'],
  [/^disks\.\*\.(image|import|volume)\b/, 'needs a volume that is there: images.test.ts, disks-attached.test.ts'],
  [/^disks\.\*\.bus$/, 'is for lists'],
  [/^os\.media\./, 'is a part of a value that is taken whole'],
  [/^template$/, 'cannot be taken back, and can never run'],
  [/^waitFor\b/, 'needs an agent that answers'],
]);
