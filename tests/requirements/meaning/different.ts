import type { Json, JsonObject } from '../../../src/core/json.ts';
import { disk, MAC, net0, nic, scsi0 } from './pair.ts';

/** What looks alike and is not the same: the one change, and all that is sent for it besides the digest. */
export type Difference = readonly [
  spec: string,
  live: JsonObject,
  change: readonly [path: string, before: Json, after: Json],
  sent: JsonObject,
];

const VOLUME = 'ceph-pool:vm-100-disk-0';
const NIC = `virtio=${MAC},bridge=vmbr0`;
const UUID = '11111111-2222-3333-4444-555555555555';
const MARK = 'pvevm:-:vm/same:100';
const drive = (live: JsonObject): JsonObject => ({ ide0: 'ceph-pool:cloudinit', ...live });

const PLAIN: readonly Difference[] = [
  ['cpu: { cores: 2 }', {}, ['cpu.cores', null, 2], { cores: 2 }],
  ['cpu: { cores: 10 }', { cores: 1 }, ['cpu.cores', 1, 10], { cores: 10 }],
  ['cpu: { cores: 1 }', { cores: 10 }, ['cpu.cores', 10, 1], { delete: 'cores' }],
  ['cpu: { vcpus: 3 }', { cores: 4 }, ['cpu.vcpus', null, 3], { vcpus: 3 }],
  ['cpu: { vcpus: 4 }', { cores: 4, vcpus: 3 }, ['cpu.vcpus', 3, 4], { delete: 'vcpus' }],
  ['cpu: { limit: 1.5 }', { cpulimit: '15' }, ['cpu.limit', 15, 1.5], { cpulimit: 1.5 }],
  ['cpu: { affinity: "0,2" }', { affinity: '0-2' }, ['cpu.affinity', '0-2', '0,2'], { affinity: '0,2' }],
  ['memory: { size: 2GiB }', { memory: '2000' }, ['memory.size', '2000MiB', '2GiB'], { memory: '2048' }],
  ['memory: { size: 512MiB }', { memory: '1024' }, ['memory.size', '1GiB', '512MiB'], { delete: 'memory' }],
  ['memory: { balloon: false }', {}, ['memory.balloon', null, false], { balloon: 0 }],
  ['memory: { balloon: 1GiB }', { memory: '2048' }, ['memory.balloon', null, '1GiB'], { balloon: 1024 }],
  [
    'memory: { balloon: 2GiB }',
    { memory: '2048', balloon: 1024 },
    ['memory.balloon', '1GiB', '2GiB'],
    { delete: 'balloon' },
  ],
  ['memory: { shares: 0 }', {}, ['memory.shares', null, 0], { shares: 0 }],
  ['onBoot: false', { onboot: 1 }, ['onBoot', true, false], { delete: 'onboot' }],
  ['system: { acpi: false }', {}, ['system.acpi', null, false], { acpi: 0 }],
  ['system: { localTime: false }', { ostype: 'win11' }, ['system.localTime', null, false], { localtime: 0 }],
  [
    'system: { hotplug: [disk, usb] }',
    { hotplug: '1' },
    ['system.hotplug', ['disk', 'network', 'usb'], ['disk', 'usb']],
    { hotplug: 'disk,usb' },
  ],
  ['system: { hotplug: [] }', {}, ['system.hotplug', null, []], { hotplug: '0' }],
  ['system: { bios: ovmf }', {}, ['system.bios', null, 'ovmf'], { bios: 'ovmf' }],
  [
    'tags: [web-01]',
    { tags: 'pvevm;web-1' },
    ['tags', ['pvevm', 'web-1'], ['pvevm', 'web-01']],
    { tags: 'pvevm;web-01' },
  ],
  ['tags: [pvevm-lab]', { tags: 'pvevm' }, ['tags', ['pvevm'], ['pvevm', 'pvevm-lab']], { tags: 'pvevm;pvevm-lab' }],
  [
    'description: "a\\nb"',
    { description: `a\n\nb\n\n${MARK}` },
    ['description', 'a\n\nb', 'a\nb'],
    { description: `a\nb\n\n${MARK}` },
  ],
  [
    'description: shop',
    { description: `Shop\n\n${MARK}` },
    ['description', 'Shop', 'shop'],
    { description: `shop\n\n${MARK}` },
  ],
  [
    'options: { migrate_downtime: 0.5 }',
    { migrate_downtime: '5' },
    ['options.migrate_downtime', '5', '0.5'],
    { migrate_downtime: '0.5' },
  ],
];

const STRINGS: readonly Difference[] = [
  [
    'system: { agent: true }',
    { agent: 'enabled=0,type=isa' },
    ['system.agent.enabled', false, true],
    { agent: '1,type=isa' },
  ],
  [
    'system: { agent: { freezeFs: false } }',
    { agent: '1' },
    ['system.agent.freezeFs', null, false],
    { agent: '1,freeze-fs-on-backup=0' },
  ],
  [
    'system: { agent: { fstrimClonedDisks: false } }',
    { agent: '1,fstrim_cloned_disks=1' },
    ['system.agent.fstrimClonedDisks', true, false],
    { agent: '1' },
  ],
  ['cpu: { type: host }', {}, ['cpu.type', null, 'host'], { cpu: 'host' }],
  [
    'cpu: { flags: ["-aes"] }',
    { cpu: 'host,flags=+aes' },
    ['cpu.flags', ['+aes'], ['-aes']],
    { cpu: 'host,flags=-aes' },
  ],
  ['cpu: { flags: [] }', { cpu: 'host,flags=+aes,hidden=1' }, ['cpu.flags', ['+aes'], []], { cpu: 'host,hidden=1' }],
  ['cpu: { type: qemu64 }', {}, ['cpu.type', null, 'qemu64'], { cpu: 'qemu64' }],
  [
    'console: { display: std }',
    { vga: 'type=qxl,memory=16' },
    ['console.display.type', 'qxl', 'std'],
    { vga: 'memory=16' },
  ],
  [
    'system: { machine: q35 }',
    { machine: 'pc-i440fx-9.2' },
    ['system.machine.type', 'pc-i440fx-9.2', 'q35'],
    { machine: 'q35' },
  ],
  [
    'system: { machine: pc-q35-9.0 }',
    { machine: 'pc-q35-9.2' },
    ['system.machine.type', 'pc-q35-9.2', 'pc-q35-9.0'],
    { machine: 'pc-q35-9.0' },
  ],
  [
    'system: { machine: { viommu: null } }',
    { machine: 'q35,viommu=intel' },
    ['system.machine.viommu', 'intel', null],
    { machine: 'q35' },
  ],
  ['startup: { order: 1 }', { startup: 'up=1,down=2' }, ['startup.order', null, 1], { startup: '1,down=2,up=1' }],
  ['startup: { up: 2m }', { startup: '2,up=2' }, ['startup.up', '2s', '120s'], { startup: '2,up=120' }],
  [
    'system: { smbios: { serial: x } }',
    { smbios1: `uuid=${UUID},serial=X` },
    ['system.smbios.serial', 'X', 'x'],
    { smbios1: `base64=1,serial=eA==,uuid=${UUID}` },
  ],
  [
    'boot: [net0, scsi0]',
    { ...disk(''), ...nic(''), boot: 'order=scsi0;net0' },
    ['boot', ['scsi0', 'net0'], ['net0', 'scsi0']],
    { boot: 'order=net0;scsi0' },
  ],
  ['boot: [scsi0]', { ...disk(''), boot: 'cdn' }, ['boot', null, ['scsi0']], { boot: 'order=scsi0' }],
];

const DEVICES: readonly Difference[] = [
  [
    scsi0('discard: true'),
    disk(',discard=ignore,ssd=1'),
    ['disks.scsi0.discard', false, true],
    { scsi0: `${VOLUME},discard=on,ssd=1` },
  ],
  [scsi0('ssd: false'), disk(',iops=100,ssd=1'), ['disks.scsi0.ssd', true, false], { scsi0: `${VOLUME},iops=100` }],
  [scsi0('serial: abc'), disk(',serial=ABC'), ['disks.scsi0.serial', 'ABC', 'abc'], { scsi0: `${VOLUME},serial=abc` }],
  [scsi0('limits: { mbps: 1 }'), disk(',mbps=10'), ['disks.scsi0.limits.mbps', 10, 1], { scsi0: `${VOLUME},mbps=1` }],
  [
    scsi0('writeError: report'),
    disk(''),
    ['disks.scsi0.writeError', null, 'report'],
    { scsi0: `${VOLUME},werror=report` },
  ],
  [scsi0('size: 5GiB'), disk(',ssd=1'), ['disks.scsi0.size', '4GiB', '5GiB'], { disk: 'scsi0', size: '5G' }],
  [
    'os: { media: none }',
    { ide2: 'local:iso/debian-13.iso,media=cdrom' },
    ['os.media', 'local:iso/debian-13.iso', 'none'],
    { ide2: 'none,media=cdrom' },
  ],
  [net0('vlan: 2'), nic(',tag=20,firewall=1'), ['network.net0.vlan', 20, 2], { net0: `${NIC},firewall=1,tag=2` }],
  [net0('firewall: false'), nic(',firewall=1'), ['network.net0.firewall', true, false], { net0: NIC }],
  [net0('queues: 2'), nic(',queues=1'), ['network.net0.queues', 0, 2], { net0: `${NIC},queues=2` }],
  [net0('queues: 1'), nic(',queues=2'), ['network.net0.queues', 2, 0], { net0: NIC }],
  [
    net0('trunks: ["10-12"]'),
    nic(',trunks=10;12'),
    ['network.net0.trunks', ['10', '12'], ['10-12']],
    { net0: `${NIC},trunks=10-12` },
  ],
  [
    net0('mac: "BC:24:11:AA:BB:CD"'),
    nic(''),
    ['network.net0.mac', MAC, 'BC:24:11:AA:BB:CD'],
    { net0: 'virtio=BC:24:11:AA:BB:CD,bridge=vmbr0' },
  ],
  [net0('model: e1000'), nic(''), ['network.net0.model', 'virtio', 'e1000'], { net0: `e1000=${MAC},bridge=vmbr0` }],
  [net0('mtu: 1'), { net0: `${NIC},mtu=1500` }, ['network.net0.mtu', 1500, 1], { net0: NIC }],
  [
    'devices: { rng0: { source: /dev/urandom, maxBytes: 1024 } }',
    { rng0: '/dev/urandom,max_bytes=512' },
    ['devices.rng0.maxBytes', 512, 1024],
    { rng0: '/dev/urandom' },
  ],
  [
    'devices: { hostpci0: { pcie: true } }',
    { machine: 'q35', hostpci0: '01:00.0' },
    ['devices.hostpci0.pcie', null, true],
    { hostpci0: '01:00.0,pcie=1' },
  ],
  [
    'devices: { hostpci0: { device: "01:00.1" } }',
    { hostpci0: '01:00.0,rombar=0' },
    ['devices.hostpci0.device', '0000:01:00.0', '0000:01:00.1'],
    { hostpci0: '0000:01:00.1,rombar=0' },
  ],
  [
    'devices: { watchdog: { action: reset } }',
    { watchdog: 'ib700,action=none' },
    ['devices.watchdog.action', 'none', 'reset'],
    { watchdog: 'ib700,action=reset' },
  ],
  [
    'cloudInit: { nameservers: [192.0.2.54, 192.0.2.53] }',
    drive({ nameserver: '192.0.2.53 192.0.2.54' }),
    ['cloudInit.nameservers', ['192.0.2.53', '192.0.2.54'], ['192.0.2.54', '192.0.2.53']],
    { nameserver: '192.0.2.54 192.0.2.53' },
  ],
  [
    'cloudInit: { addresses: { net0: { ipv4: 192.0.2.9/25 } } }',
    drive({ ...nic(''), ipconfig0: 'ip=192.0.2.9/24,gw=192.0.2.1' }),
    ['cloudInit.addresses.net0.ipv4', '192.0.2.9/24', '192.0.2.9/25'],
    { ipconfig0: 'gw=192.0.2.1,ip=192.0.2.9/25' },
  ],
  ['cloudInit: { user: Admin }', drive({ ciuser: 'admin' }), ['cloudInit.user', 'admin', 'Admin'], { ciuser: 'Admin' }],
];

export const DIFFERENT: readonly Difference[] = [...PLAIN, ...STRINGS, ...DEVICES];
