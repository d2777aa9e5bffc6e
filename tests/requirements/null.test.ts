import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, setByHand } from './guests.ts';

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
  ['tablet', 'options: { tablet: null }', { tablet: 0 }],
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
  const yaml = `${WEB}startup: null\nsystem: { agent: null }\nconsole: null\noptions: { tablet: null }\n`;
  const plan = await harness.apply(yaml);
  expect(plan.resources[0]?.steps.map(({ title }) => title)).toEqual(['create']);
  const config = await configOf(harness, 101);
  for (const key of ['startup', 'agent', 'serial0', 'vga', 'tablet']) expect(config).not.toHaveProperty(key);
  expect(changesOf(await harness.plan(yaml))).toEqual([]);
});
