import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, errorsOf, powerByHand, setByHand, titlesOf, volumesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nha: false\n';
const TWO_DISKS = `${WEB}disks: { scsi0: {}, scsi1: { size: 8GiB } }\n`;

/** The parameters of the writes, without digests. */
function written(): readonly JsonObject[] {
  return harness.writes().map(({ params }) => {
    const { digest: _, ...rest } = params as JsonObject;
    return rest;
  });
}

async function pathsAgain(yaml: string): Promise<readonly string[]> {
  return changesOf(await harness.plan(yaml)).map(([path]) => path);
}

it('R-10: with defaults: none only what is written is compared, and written', async () => {
  await harness.apply(WEB);
  await setByHand(harness, 101, { cores: 7, cpu: 'kvm64', onboot: 1, agent: '0', tags: 'pvevm;mine' });
  const before = await configOf(harness, 101);
  const yaml = 'kind: vm\nname: web-01\ndefaults: none\nmemory: { size: 4GiB }\n';
  harness.writes();
  const plan = await harness.apply(yaml);
  expect(changesOf(plan)).toEqual([['memory.size', '2GiB', '4GiB']]);
  expect(written()).toEqual([{ memory: '4096' }]);
  const { digest: _, ...after } = await configOf(harness, 101);
  const { digest: __, ...rest } = before;
  expect(after).toEqual({ ...rest, memory: '4096' });
});

it('R-12: a device that the document does not list is reported as unmanaged, and left alone', async () => {
  await harness.apply(TWO_DISKS);
  await setByHand(harness, 101, { scsi7: 'ceph-pool:3', balloon: 1024 });
  const before = await configOf(harness, 101);
  const plan = await harness.apply(`${TWO_DISKS}description: Shop\n`);
  expect(plan.resources[0]?.unmanaged).toEqual(expect.arrayContaining(['balloon', 'scsi7']));
  expect(changesOf(plan).map(([path]) => path)).toEqual(['description']);
  expect(await configOf(harness, 101)).toMatchObject({ scsi7: before['scsi7'], balloon: 1024 });
});

it('R-13: the body of an added disk is the disk and the digest', async () => {
  await harness.apply(`${WEB}disks: { scsi0: {} }\n`);
  harness.writes();
  await harness.apply(TWO_DISKS);
  const [write, ...more] = harness.writes();
  expect(Object.keys(write?.params as JsonObject).sort()).toEqual(['digest', 'scsi1']);
  expect(more).toEqual([]);
});

it('R-13 P3: what is not managed in a property string is sent along as it is', async () => {
  await harness.apply(`${WEB}disks: { scsi0: {} }\nnetwork: { net0: {} }\n`);
  const mac = String((await configOf(harness, 101))['net0']).slice('virtio='.length, 'virtio='.length + 17);
  await setByHand(harness, 101, {
    scsi0: 'ceph-pool:vm-101-disk-1,iothread=1,ssd=1,cache=writeback,serial=ABC',
    net0: `virtio=${mac},bridge=vmbr9,firewall=1,rate=10,queues=4`,
  });
  harness.writes();
  await harness.apply(`${WEB}disks: { scsi0: { discard: true } }\nnetwork: { net0: { vlan: 9 } }\n`);
  expect(written()).toEqual([
    { scsi0: 'ceph-pool:vm-101-disk-1,cache=writeback,discard=on,iothread=1,serial=ABC,ssd=1' },
    { net0: `virtio=${mac},bridge=vmbr9,firewall=1,queues=4,rate=10,tag=9` },
  ]);
});

it('R-13: several values of one property string are one key, sent once', async () => {
  await harness.apply(`${WEB}disks: { scsi0: {} }\nnetwork: { net0: { mac: "BC:24:11:00:00:01" } }\n`);
  harness.writes();
  const nic = 'mac: "BC:24:11:00:00:01", vlan: 9, rate: 10, linkDown: true';
  const disk = 'discard: true, cache: writeback, limits: { iops: 100 }';
  await harness.apply(
    `${WEB}disks: { scsi0: { ${disk} } }\nnetwork: { net0: { ${nic} } }\nstartup: { order: 1, up: 5s }\n`,
  );
  expect(written()).toEqual([
    { startup: '1,up=5' },
    { scsi0: 'ceph-pool:vm-101-disk-1,cache=writeback,discard=on,iops=100,iothread=1,ssd=1' },
    { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr9,firewall=1,link_down=1,rate=10,tag=9' },
  ]);
});

it('R-32: a disk written as null is detached and kept as unused, with the boot order written first', async () => {
  await harness.apply(TWO_DISKS);
  await setByHand(harness, 101, { boot: 'order=scsi1;scsi0;net0' });
  harness.writes();
  const yaml = `${WEB}disks: { scsi0: {}, scsi1: null }\n`;
  const plan = await harness.apply(yaml);
  expect(titlesOf(plan)).toEqual(['set boot order', 'detach disk scsi1 (becomes unused0: ceph-pool:vm-101-disk-2)']);
  expect(plan.resources[0]?.steps.every((step) => step.effect === 'none')).toBe(true);
  expect(written()).toEqual([{ boot: 'order=scsi0;net0' }, { delete: 'scsi1' }]);
  expect(await configOf(harness, 101)).toMatchObject({ unused0: 'ceph-pool:vm-101-disk-2', boot: 'order=scsi0;net0' });
  expect(await volumesOf(harness)).toContain('ceph-pool:vm-101-disk-2');
  expect(await pathsAgain(yaml)).toEqual([]);
});

it('R-32: a boot disk of a running guest is an error of the plan, since Proxmox VE does not unplug it', async () => {
  await harness.apply(TWO_DISKS);
  await setByHand(harness, 101, { boot: 'order=scsi0;scsi1;net0' });
  await powerByHand(harness, 101, 'start');
  const yaml = `${WEB}disks: { scsi0: {}, scsi1: null }\n`;
  expect(errorsOf(await harness.plan(yaml))).toMatchObject([{ code: 'CONSENT', pointer: '/disks/scsi1' }]);
  await powerByHand(harness, 101, 'stop');
  await harness.apply(yaml);
  expect(await configOf(harness, 101)).not.toHaveProperty('scsi1');
});

it('a disk that is not in the boot order is unplugged from a running guest', async () => {
  await harness.apply(`${TWO_DISKS}power: running\n`);
  const plan = await harness.apply(`${WEB}disks: { scsi0: {}, scsi1: null }\n`);
  expect(plan.resources[0]?.changes).toMatchObject([{ path: 'disks.scsi1', after: null, effect: 'live' }]);
  expect(await configOf(harness, 101)).not.toHaveProperty('scsi1');
});

it('null removes: description, interface, sizes and plain keys', async () => {
  const full = `${WEB}description: Shop\nonBoot: true\nstartup: { order: 3, up: 30s }\nnetwork: { net0: {}, net1: {} }\nmemory: { size: 2GiB, balloon: 1GiB }\ncpu: { limit: 2, units: 200 }\n`;
  await harness.apply(full);
  expect(await configOf(harness, 101)).toMatchObject({ onboot: 1, startup: '3,up=30', balloon: 1024 });
  const none = `${WEB}description: null\nonBoot: null\nstartup: { order: null, up: null }\nnetwork: { net0: {}, net1: null }\nmemory: { size: 2GiB, balloon: null }\ncpu: { limit: null, units: null }\n`;
  await harness.apply(none);
  const config = await configOf(harness, 101);
  expect(config).toMatchObject({ description: 'pvevm:-:vm/web-01:101' });
  for (const key of ['onboot', 'startup', 'net1', 'balloon', 'cpulimit', 'cpuunits'])
    expect(config).not.toHaveProperty(key);
  expect(await pathsAgain(none)).toEqual([]);
});

it('a switch is turned on and off again', async () => {
  for (const value of [true, false, true]) {
    const yaml = `${WEB}onBoot: ${value}\nprotection: ${value}\ncpu: { numa: ${value} }\nsystem: { agent: ${value} }\n`;
    await harness.apply(yaml);
    expect(await pathsAgain(yaml)).toEqual([]);
    const config = await configOf(harness, 101);
    expect([config['onboot'] ?? 0, config['protection'] ?? 0, config['numa'] ?? 0]).toEqual(
      Array(3).fill(Number(value)),
    );
  }
});

it('turning the agent off keeps its other options, in a form that Proxmox VE takes', async () => {
  await harness.apply(WEB);
  await setByHand(harness, 101, { agent: '1,freeze-fs=0' });
  await harness.apply(`${WEB}system: { agent: false }\n`);
  expect(await configOf(harness, 101)).toMatchObject({ agent: '0,freeze-fs-on-backup=0' });
});

it('ignore leaves alone what a default sets, and pvevm’s own tag is kept all the same', async () => {
  const yaml = `${WEB}ignore: [tags, cpu, "disks.scsi1.cache", description]\ntags: [web]\ndisks: { scsi0: {}, scsi1: { cache: writeback } }\n`;
  await harness.apply(`${WEB}tags: [web]\ndisks: { scsi0: {}, scsi1: {} }\n`);
  await setByHand(harness, 101, { tags: 'mine', cores: 9 });
  const plan = await harness.apply(yaml);
  expect(changesOf(plan)).toEqual([['tags', ['mine'], ['mine', 'pvevm']]]);
  expect(await configOf(harness, 101)).toMatchObject({ tags: 'mine;pvevm', cores: 9 });
});

it('written tags are the whole set beside pvevm’s own; unwritten ones are left alone', async () => {
  await harness.apply(`${WEB}tags: [web, prod]\n`);
  await setByHand(harness, 101, { tags: 'pvevm;prod;web;byhand' });
  expect(await pathsAgain(WEB)).toEqual([]);
  await harness.apply(`${WEB}tags: [web]\n`);
  expect(await configOf(harness, 101)).toMatchObject({ tags: 'pvevm;web' });
  await harness.apply(`${WEB}tags: []\n`);
  expect(await configOf(harness, 101)).toMatchObject({ tags: 'pvevm' });
});

it('a mark and a tag that were taken away by hand come back', async () => {
  const yaml = `${WEB}vmid: 101\n`;
  await harness.apply(yaml);
  await setByHand(harness, 101, { delete: 'tags' });
  const plan = await harness.apply(yaml);
  expect(changesOf(plan)).toEqual([['tags', null, ['pvevm']]]);
});
