import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { asRoot } from './as-root.ts';
import { changesOf, configOf, errorsOf, powerByHand, powerOf, titlesOf } from './guests.ts';
import { invalidBecause } from './valid-spec.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';

it('R-9: a guest that boots from nothing is made so, and plans empty; an order is taken away and given back', async () => {
  for (const boot of ['[]', '[scsi0]', '[]', 'null', '[]']) {
    await harness.apply(`${WEB}boot: ${boot}\n`);
    expect(changesOf(await harness.plan(`${WEB}boot: ${boot}\n`))).toEqual([]);
  }
  expect(await configOf(harness, 101)).toMatchObject({ boot: ' ' });
});

it('R-9: a new guest that is to have no generation id has none, and plans empty', async () => {
  const root = asRoot(harness.sandbox);
  try {
    for (const [vmid, value] of [
      [101, 'null'],
      [102, 'false'],
    ] as const) {
      const yaml = `kind: vm\nname: web-${vmid}\nnode: pve1\nha: false\nsystem: { vmGenId: ${value} }\n`;
      await root.apply(yaml);
      expect(await configOf(harness, vmid)).toMatchObject({ vmgenid: '0' });
      expect(changesOf(await root.plan(yaml))).toEqual([]);
    }
  } finally {
    await root.close();
  }
});

it('R-9: a new guest of another architecture, which gets no generation id by itself, is given the one that is wanted', async () => {
  const root = asRoot(harness.sandbox);
  try {
    const yaml = `${WEB}system: { arch: aarch64, vmGenId: true }\n`;
    await root.apply(yaml);
    expect(await configOf(harness, 101)).toMatchObject({ vmgenid: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(changesOf(await root.plan(yaml))).toEqual([]);
  } finally {
    await root.close();
  }
});

it('power and a state of HA that contradict each other are an error; a guest that HA ignores is started by itself', async () => {
  expect(invalidBecause({ power: 'running', ha: { state: 'stopped' } })).toBe(
    'power and ha.state contradict each other',
  );
  const ignored = `${WEB.replace('ha: false', 'ha: { state: ignored }')}power: running\n`;
  await harness.apply(ignored);
  expect(await powerOf(harness, 101)).toBe('running');
  expect(titlesOf(await harness.plan(ignored))).toEqual([]);
  await harness.apply(ignored.replace('running', 'stopped'));
  expect(await powerOf(harness, 101)).toBe('stopped');
});

it('a boot order that names a device which the guest lacks is an error of the plan', async () => {
  await harness.apply(`${WEB}disks: { virtio1: {} }\nnetwork: { net0: {} }\n`);
  const plan = await harness.plan(`${WEB}boot: [scsi0, net0]\n`);
  expect(errorsOf(plan)).toMatchObject([
    { summary: 'unknown boot device', detail: expect.stringContaining('It has ide2, net0, virtio1.') },
  ]);
});

/** A guest that runs, and has something waiting for its next start. */
async function runningWith(...documents: readonly string[]): Promise<void> {
  const [first = '', ...later] = documents;
  await harness.apply(`${WEB}${first}`);
  await powerByHand(harness, 101, 'start');
  for (const document of later) await harness.apply(`${WEB}${document}`);
}

it('R-15: a device that only the next start brings waits as a whole, and what is changed of it meanwhile waits too', async () => {
  await runningWith('system: { hotplug: [] }\n', 'disks: { scsi0: {}, scsi1: {} }\n');
  const limited = `${WEB}disks: { scsi0: {}, scsi1: { limits: { iops: 100 } } }\n`;
  const plan = await harness.plan(limited);
  expect(plan.resources[0]?.changes.find(({ path }) => path === 'disks.scsi1.limits.iops')).toMatchObject({
    effect: 'restart',
    state: 'change',
  });
  await harness.apply(`${WEB}devices: { watchdog: i6300esb }\n`);
  expect((await harness.plan(`${WEB}devices: { watchdog: i6300esb }\n`)).resources[0]?.changes).toMatchObject([
    { path: 'devices.watchdog', state: 'pending', effect: 'restart' },
  ]);
});

it('R-15: a device that waits for the next start is taken away at once', async () => {
  await runningWith('system: { hotplug: [] }\n', 'disks: { scsi0: {}, scsi1: {} }\n');
  const without = `${WEB}disks: { scsi0: {}, scsi1: null }\n`;
  expect((await harness.plan(without)).resources[0]?.changes).toMatchObject([{ path: 'disks.scsi1', effect: 'live' }]);
  await harness.apply(without);
  expect(changesOf(await harness.plan(without))).toEqual([]);
});

it('R-9: a device whose removal waits stays after all, with other options, on its own volume', async () => {
  await runningWith('disks: { scsi0: {}, sata1: { size: 2GiB } }\n', 'disks: { scsi0: {}, sata1: null }\n');
  const kept = `${WEB}disks: { scsi0: {}, sata1: { cache: writeback } }\n`;
  const plan = await harness.apply(kept);
  expect(plan.resources[0]?.steps).toMatchObject([
    { request: { params: { sata1: 'ceph-pool:vm-101-disk-1,cache=writeback,ssd=1' } } },
  ]);
  expect((await harness.plan(kept)).resources[0]?.changes).toMatchObject([
    { path: 'disks.sata1.cache', state: 'pending' },
  ]);
});

it('R-15: what goes back to what runs is no change that waits, though another of its key does', async () => {
  await runningWith('cpu: { type: host }\n', 'cpu: { type: EPYC }\n');
  const { changes } = (await harness.plan(`${WEB}cpu: { type: host, physBits: 40 }\n`)).resources[0] ?? {};
  expect(changes?.map(({ path, effect }) => [path, effect])).toEqual([
    ['cpu.type', 'live'],
    ['cpu.physBits', 'restart'],
  ]);
});

it('a limit that goes while the guest keeps a burst of it is an error of the plan', async () => {
  await harness.apply(`${WEB}disks: { scsi0: { limits: { iops: 100, iopsMax: 200 } } }\n`);
  const plan = await harness.plan(`${WEB}disks: { scsi0: { limits: { iops: null } } }\n`);
  expect(errorsOf(plan)).toMatchObject([{ summary: 'a burst without its limit' }]);
});

it('R-9: a device that waits for the next start and goes back to its defaults is written, and not withdrawn', async () => {
  const root = asRoot(harness.sandbox);
  try {
    await root.apply(WEB);
    await powerByHand(harness, 101, 'start');
    await root.apply(`${WEB}system: { tdx: { attestation: false } }\n`);
    const attested = `${WEB}system: { tdx: { attestation: true } }\n`;
    const plan = await root.apply(attested);
    expect(plan.resources[0]?.steps).toMatchObject([{ request: { params: { 'intel-tdx': 'tdx,attestation=1' } } }]);
    expect((await root.plan(attested)).resources[0]?.changes).toMatchObject([
      { path: 'system.tdx', state: 'pending', effect: 'restart' },
    ]);
  } finally {
    await root.close();
  }
});

it('a disk in the slot of the cloud-init drive is an error of the plan, whatever is said of it', async () => {
  await harness.apply(`${WEB}cloudInit: { user: admin }\n`);
  for (const disk of ['{ ssd: null }', 'null']) {
    const plan = await harness.plan(`${WEB}cloudInit: { user: admin }\ndisks: { scsi0: {}, ide0: ${disk} }\n`);
    expect(errorsOf(plan)).toMatchObject([{ summary: 'the slot holds no disk', pointer: '/disks/ide0' }]);
  }
});

it('R-15: what a plan sets hotplug to holds for the devices that it writes after it', async () => {
  await runningWith('system: { hotplug: [] }\n');
  const more = 'disks: { scsi0: {}, scsi1: {} }\nnetwork: { net0: {}, net1: {} }\n';
  const plan = await harness.apply(`${WEB}system: { hotplug: [disk, usb] }\n${more}`);
  expect(plan.resources[0]?.changes.map(({ path, effect }) => [path, effect])).toEqual([
    ['system.hotplug', 'live'],
    ['disks.scsi1', 'live'],
    ['network.net1', 'restart'],
  ]);
  const pending = (await harness.pve.get('/nodes/pve1/qemu/101/pending')) as { key: string; pending?: string }[];
  expect(pending.filter((item) => item.pending !== undefined).map(({ key }) => key)).toEqual(['net1']);
});

it('a cloud-init drive in another slot than that whose removal waits is an error of the plan', async () => {
  await runningWith('cloudInit: { user: admin }\n', 'cloudInit: { user: admin, drive: null }\n');
  const plan = await harness.plan(`${WEB}cloudInit: { user: admin, drive: scsi30 }\n`);
  expect(errorsOf(plan)).toMatchObject([{ summary: 'a running guest keeps its cloud-init drive' }]);
});
