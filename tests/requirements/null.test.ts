import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, errorsOf, setByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nha: false\n';

it.each([
  ['startup', 'startup: null', { startup: 'order=3,up=30' }],
  ['agent', 'system: { agent: null }', { agent: '1,fstrim_cloned_disks=1' }],
  ['serial0', 'console: null', { serial0: 'socket', vga: 'serial0' }],
  ['vga', 'console: null', { serial0: 'socket', vga: 'qxl' }],
  ['boot', 'boot: null', { boot: 'order=scsi0' }],
  ['tablet', 'system: { tablet: null }', { tablet: 0 }],
  ['usb0', 'devices: { usb0: null }', { usb0: 'spice' }],
  ['machine', 'system: { machine: null }', { machine: 'q35,viommu=virtio' }],
  ['keyboard', 'options: { keyboard: null }', { keyboard: 'de' }],
])('null removes %s: %s', async (key, written, live) => {
  await harness.apply(WEB);
  await setByHand(harness, 101, live);
  const yaml = `${WEB}${written}\n`;
  await harness.apply(yaml);
  expect(await configOf(harness, 101)).not.toHaveProperty(key);
  expect(changesOf(await harness.plan(yaml))).toEqual([]);
});

it('null removes the limits of a disk, and nothing else of it', async () => {
  await harness.apply(WEB);
  await setByHand(harness, 101, { scsi0: 'ceph-pool:vm-101-disk-1,cache=none,iops=100,mbps_rd=5' });
  const yaml = `${WEB}defaults: none\ndisks: { scsi0: { limits: null } }\n`;
  const plan = await harness.apply(yaml);
  expect(changesOf(plan)).toEqual([
    ['disks.scsi0.limits.mbpsRead', 5, null],
    ['disks.scsi0.limits.iops', 100, null],
  ]);
  expect(String((await configOf(harness, 101))['scsi0'])).toMatch(/^ceph-pool:vm-101-disk-1,cache=none,size=/);
});

it('a new guest is made without what is null', async () => {
  const yaml = `${WEB}startup: null\nsystem: { agent: null, tablet: null }\nconsole: null\noptions: { keyboard: null }\n`;
  const plan = await harness.apply(yaml);
  expect(plan.resources[0]?.steps.map(({ title }) => title)).toEqual(['create']);
  const config = await configOf(harness, 101);
  for (const key of ['startup', 'agent', 'serial0', 'vga', 'tablet', 'keyboard'])
    expect(config).not.toHaveProperty(key);
  expect(changesOf(await harness.plan(yaml))).toEqual([]);
});

it('R-9: P2: a new guest without a boot order has none, though Proxmox VE makes one', async () => {
  const yaml = `${WEB}boot: null\n`;
  const plan = await harness.apply(yaml);
  expect(titlesOf(plan)).toEqual(['create', 'set serial console', 'remove boot order']);
  expect(await configOf(harness, 101)).not.toHaveProperty('boot');
  expect(changesOf(await harness.plan(yaml))).toEqual([]);
});

it.each(['{}', '[]'])(
  'a guest with disks: %s has no EFI disk by default, whose storage would be the first disk’s',
  async (disks) => {
    const yaml = `${WEB}disks: ${disks}\n`;
    await harness.apply(yaml);
    expect(await configOf(harness, 101)).not.toHaveProperty('efidisk0');
    expect(changesOf(await harness.plan(yaml))).toEqual([]);
    const written = await harness.plan(`kind: vm\nname: web-02\nha: false\ndisks: ${disks}\nsystem: { efi: {} }\n`);
    expect(errorsOf(written)).toMatchObject([{ pointer: '/system/efi' }]);
    expect(errorsOf(written)[0]?.detail).toContain('there is no disk whose storage it could take');
  },
);
