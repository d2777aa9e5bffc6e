import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, createByHand, destroyByHand, errorsOf, titlesOf } from './guests.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const MAC = 'bc:24:11:aa:bb:cc';
const disk = (text: string): JsonObject => ({ scsi0: `ceph-pool:4${text}` });
const nic = (text: string): JsonObject => ({ net0: `virtio=BC:24:11:AA:BB:CC,bridge=vmbr0${text}` });
const scsi0 = (text: string): string => `disks: { scsi0: { ${text} } }`;
const net0 = (text: string): string => `network: { net0: { ${text} } }`;

/** What a spec says, and what Proxmox VE has, in another spelling of the same. */
const SAME: readonly (readonly [spec: string, live: JsonObject])[] = [
  // property strings that are stored as they were sent
  ['system: { agent: true }', { agent: '1' }],
  ['system: { agent: true }', { agent: 'enabled=1' }],
  ['system: { agent: true }', { agent: 'enabled=on' }],
  ['system: { agent: true }', { agent: 'yes' }],
  ['system: { agent: true }', { agent: 'true' }],
  ['system: { agent: true }', { agent: '1,type=virtio' }],
  ['system: { agent: { enabled: true } }', { agent: '1' }],
  ['system: { agent: { enabled: true, type: virtio } }', { agent: '1' }],
  ['system: { agent: { enabled: true, fstrimClonedDisks: false } }', { agent: '1' }],
  ['system: { agent: { enabled: true, fstrimClonedDisks: true } }', { agent: 'fstrim_cloned_disks=yes,enabled=1' }],
  ['system: { agent: { enabled: true, freezeFs: true } }', { agent: '1' }],
  ['system: { agent: { enabled: true, freezeFs: false } }', { agent: '1,freeze-fs-on-backup=0' }],
  ['system: { agent: { enabled: true, freezeFs: false } }', { agent: '1,guest-fsfreeze=off' }],
  ['system: { agent: { enabled: true, freezeFs: false } }', { agent: '1,freeze-fs=no' }],
  ['system: { agent: false }', {}],
  ['system: { agent: false }', { agent: '0' }],
  ['system: { agent: false }', { agent: 'enabled=off' }],
  ['cpu: { type: host }', { cpu: 'host' }],
  ['cpu: { type: host }', { cpu: 'cputype=host' }],
  ['cpu: { type: host, flags: ["+aes", "-pcid"] }', { cpu: 'host,flags=-pcid;+aes' }],
  ['cpu: { type: host, hidden: true }', { cpu: 'hidden=on,cputype=host' }],
  ['cpu: { type: host, hidden: false }', { cpu: 'host' }],
  ['cpu: { type: host, hidden: false }', { cpu: 'host,hidden=0' }],
  ['cpu: { type: kvm64 }', {}],
  ['cpu: { type: kvm64 }', { cpu: 'kvm64' }],
  ['cpu: { type: kvm64, flags: ["+aes"] }', { cpu: 'flags=+aes' }],
  ['console: { display: std }', {}],
  ['console: { display: std }', { vga: 'std' }],
  ['console: { display: std }', { vga: 'type=std' }],
  ['console: { display: virtio }', { vga: 'type=virtio,memory=64' }],
  ['console: serial', { serial0: 'socket', vga: 'type=serial0' }],
  ['console: { serial: null }', {}],
  ['system: { machine: q35 }', { machine: 'type=q35' }],
  ['system: { machine: q35 }', { machine: 'q35,viommu=intel' }],
  ['system: { machine: pc }', {}],
  ['system: { machine: pc }', { machine: 'pc' }],
  ['os: { type: win11 }\nsystem: { machine: q35 }', { machine: 'pc-q35-9.2+pve1', ostype: 'win11' }],
  ['os: { type: win10 }\nsystem: { machine: pc }', { machine: 'pc-i440fx-9.2', ostype: 'win10' }],
  ['memory: { size: 2GiB }', { memory: '2048' }],
  ['memory: { size: 2GiB }', { memory: 'current=2048' }],
  ['memory: { size: 2048MiB }', { memory: '2048' }],
  ['memory: { size: 2G }', { memory: '2048' }],
  ['memory: { size: 0.5GiB }', {}],
  ['memory: { size: 512MiB }', { memory: '512' }],
  ['memory: { size: null }', { memory: 'current=512' }],
  ['startup: { order: 2 }', { startup: '2' }],
  ['startup: { order: 2 }', { startup: 'order=2' }],
  ['startup: { order: 2, up: 1m }', { startup: 'up=60,order=2' }],
  ['startup: { order: 2, up: 90s, down: 2m }', { startup: '2,up=90,down=120' }],
  ['startup: { down: 1h }', { startup: 'down=3600' }],
  // plain keys, and defaults that are printed or not
  ['onBoot: false', {}],
  ['onBoot: false', { onboot: 0 }],
  ['onBoot: null', { onboot: 0 }],
  ['onBoot: true', { onboot: 1 }],
  ['protection: false', {}],
  ['protection: false', { protection: 0 }],
  ['cpu: { numa: false }', { numa: 0 }],
  ['cpu: { numa: true }', { numa: 1 }],
  ['cpu: { cores: 1, sockets: 1 }', {}],
  ['cpu: { cores: 1, sockets: 1 }', { cores: 1, sockets: 1 }],
  ['cpu: { cores: 4 }', { cores: '04' }],
  ['cpu: { limit: 1.5 }', { cpulimit: '1.50' }],
  ['cpu: { limit: 0 }', {}],
  ['cpu: { limit: 0 }', { cpulimit: '0' }],
  ['cpu: { limit: null }', { cpulimit: '0' }],
  ['cpu: { units: 100 }', { cpuunits: 100 }],
  ['memory: { size: 2GiB, balloon: false }', { memory: '2048', balloon: 0 }],
  ['memory: { size: 2GiB, balloon: 1GiB }', { memory: '2048', balloon: 1024 }],
  ['memory: { shares: 1000 }', {}],
  ['memory: { shares: 1000 }', { shares: 1000 }],
  ['memory: { allowKsm: true }', {}],
  ['memory: { allowKsm: true }', { 'allow-ksm': 1 }],
  ['os: { type: other }', {}],
  ['os: { type: other }', { ostype: 'other' }],
  ['system: { bios: seabios }', {}],
  ['system: { bios: seabios }', { bios: 'seabios' }],
  ['system: { scsiController: lsi }', {}],
  ['system: { scsiController: lsi }', { scsihw: 'lsi' }],
  // drives
  [scsi0('size: 4GiB'), disk('')],
  [scsi0('size: 4096MiB'), disk('')],
  [scsi0('size: 4G, storage: ceph-pool, format: raw'), disk('')],
  [scsi0('size: 1.5GiB'), { scsi0: 'ceph-pool:1.5' }],
  [scsi0('size: 1TiB'), { scsi0: 'ceph-pool:1024' }],
  [scsi0('size: 1024GiB'), { scsi0: 'ceph-pool:1024' }],
  [scsi0('backup: true'), disk('')],
  [scsi0('backup: true'), disk(',backup=yes')],
  [scsi0('backup: false'), disk(',backup=off')],
  [scsi0('discard: false'), disk('')],
  [scsi0('discard: false'), disk(',discard=ignore')],
  [scsi0('discard: true'), disk(',discard=on')],
  [scsi0('cache: none'), disk('')],
  [scsi0('cache: none'), disk(',cache=none')],
  [scsi0('ssd: false'), disk(',ssd=0')],
  [scsi0('ssd: true'), disk(',ssd=on')],
  [scsi0('iothread: false'), disk('')],
  [scsi0('readOnly: false, replicate: true, shared: false'), disk(',ro=0,replicate=1,shared=0')],
  [scsi0('readOnly: null, snapshot: false'), disk(',snapshot=0')],
  [scsi0('detectZeroes: true'), disk('')],
  [scsi0('detectZeroes: true'), disk(',detect_zeroes=yes')],
  [scsi0('limits: { mbps: 10.5 }'), disk(',mbps=10.50')],
  [scsi0('limits: { iopsRead: 100 }'), disk(',iops_rd=100')],
  [scsi0('serial: ABC'), disk(',serial=ABC')],
  ['os: { media: none }', { ide2: 'none,media=cdrom' }],
  ['os: { media: none }', { cdrom: 'none' }],
  ['os: { media: "local:iso/debian-13.iso" }', { ide2: 'local:iso/debian-13.iso,media=cdrom,size=1M' }],
  ['os: { media: { storage: cephfs, latest: "nixos-*" } }', { ide2: 'cephfs:iso/nixos-minimal-24.11.iso,media=cdrom' }],
  // network interfaces
  [net0(`mac: "${MAC}"`), nic('')],
  [net0('mac: "BC:24:11:AA:BB:CC"'), { net0: `virtio=${MAC},bridge=vmbr0` }],
  [net0('model: virtio'), { net0: 'virtio,bridge=vmbr0' }],
  [net0('model: e1000'), { net0: `model=e1000,macaddr=${MAC},bridge=vmbr0` }],
  [net0('firewall: false, linkDown: false'), nic('')],
  [net0('firewall: false, linkDown: false'), nic(',firewall=0,link_down=0')],
  [net0('firewall: true'), nic(',firewall=yes')],
  [net0('trunks: [20, 3, 10-12]'), nic(',trunks=3;10-12;20')],
  [net0('vlan: 20'), nic(',tag=20')],
  [net0('rate: 12.5'), nic(',rate=12.50')],
  [net0('queues: 0'), nic('')],
  // lists and texts
  ['tags: [web, Prod]', { tags: 'PROD;web;pvevm' }],
  ['tags: [web, prod, web]', { tags: 'prod,web,pvevm' }],
  ['tags: []', { tags: 'pvevm' }],
  ['tags: null', { tags: 'pvevm' }],
  ['description: "Shop\\n\\n"', { description: 'Shop\n\npvevm:-:vm/same:100\n' }],
  ['description: Shop', { description: 'Shop\n\n\npvevm:-:vm/same:100' }],
  ['description: ""', { description: 'pvevm:-:vm/same:100\n\n' }],
  ['description: null', {}],
  ['boot: [scsi0, net0]', { ...disk(''), ...nic(''), boot: 'order=scsi0;net0' }],
  ['boot: [net0]', { ...nic(''), boot: 'order=net0' }],
];

it('R-8: has at least 100 pairs', () => {
  expect(SAME.length).toBeGreaterThanOrEqual(100);
});

it.each(SAME)('R-8 R-55: %s means the same as %j, and is no change', async (spec, live) => {
  await createByHand(harness, 100, { name: 'same', description: 'pvevm:-:vm/same:100', tags: 'pvevm', ...live });
  try {
    const plan = await harness.plan(`kind: vm\nname: same\ndefaults: none\n${spec}\n`);
    expect(errorsOf(plan)).toEqual([]);
    expect(plan.resources[0]).toMatchObject({ action: 'none', vmid: 100 });
    expect(changesOf(plan)).toEqual([]);
    expect(titlesOf(plan)).toEqual([]);
  } finally {
    await destroyByHand(harness, 100);
  }
});
