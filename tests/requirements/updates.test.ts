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

it('R-32: a disk written as null is detached and kept as unused, with the boot order written first', async () => {
  await harness.apply(TWO_DISKS);
  await setByHand(harness, 101, { boot: 'order=scsi1;scsi0;net0' });
  harness.writes();
  const yaml = `${WEB}disks: { scsi0: {}, scsi1: null }\n`;
  const plan = await harness.apply(yaml);
  expect(titlesOf(plan)).toEqual(['set boot order', 'detach disk scsi1 (the volume is kept as unused)']);
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
  expect(errorsOf(await harness.plan(yaml))).toMatchObject([{ code: 'IMPOSSIBLE', pointer: '/disks/scsi1' }]);
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
  expect(await configOf(harness, 101)).toMatchObject({ agent: '0,freeze-fs=0' });
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

it('a project’s stack is in mark and tag', async () => {
  const project = 'kind: project\nstack: lab\n';
  await harness.apply(WEB, { project });
  expect(await configOf(harness, 101)).toMatchObject({ description: 'pvevm:lab:vm/web-01:101', tags: 'pvevm-lab' });
  expect(titlesOf(await harness.plan(WEB, { project }))).toEqual([]);
  expect((await harness.plan(WEB, { project })).stack).toBe('lab');
});

it('a guest joins, changes and leaves a pool', async () => {
  for (const poolid of ['dev', 'prod']) await harness.pve.post('/pools', { params: { poolid } });
  const members = async (pool: string): Promise<unknown> => {
    const answer = (await harness.pve.get(`/pools/${pool}`)) as { members: { vmid: number }[] };
    return answer.members.map(({ vmid }) => vmid);
  };
  await harness.apply(`${WEB}pool: dev\n`);
  expect(await members('dev')).toEqual([101]);
  expect(await pathsAgain(`${WEB}pool: dev\n`)).toEqual([]);
  expect(await pathsAgain(WEB)).toEqual([]);
  await harness.apply(`${WEB}pool: prod\n`);
  expect([await members('dev'), await members('prod')]).toEqual([[], [101]]);
  await harness.apply(`${WEB}pool: null\n`);
  expect(await members('prod')).toEqual([]);
});

it('the medium is changed live, emptied, and removed', async () => {
  await harness.apply(`${WEB}power: running\n`);
  const change = await harness.apply(`${WEB}os: { media: "local:iso/debian-13.iso" }\n`);
  expect(change.resources[0]?.changes).toMatchObject([{ path: 'os.media', effect: 'live' }]);
  expect(await configOf(harness, 101)).toMatchObject({ ide2: 'local:iso/debian-13.iso,media=cdrom,size=700M' });
  await harness.apply(`${WEB}os: { media: none }\n`);
  expect(await configOf(harness, 101)).toMatchObject({ ide2: 'none,media=cdrom' });
  const removal = await harness.apply(`${WEB}os: { media: null }\n`);
  expect(removal.resources[0]?.changes).toMatchObject([{ path: 'os.media', after: null, effect: 'restart' }]);
  await powerByHand(harness, 101, 'stop');
  expect(await configOf(harness, 101)).not.toHaveProperty('ide2');
  expect(await pathsAgain(`${WEB}os: { media: null }\n`)).toEqual([]);
});

it('a slot that holds another sort of drive is an error, and nothing is taken out of the guest', async () => {
  await harness.apply(`${WEB}os: { media: null }\n`);
  await setByHand(harness, 101, { ide2: 'ceph-pool:cloudinit', ide3: 'none,media=cdrom', sata0: 'ceph-pool:2' });
  expect(errorsOf(await harness.plan(`${WEB}os: { media: none }\n`))).toMatchObject([
    { code: 'IMPOSSIBLE', summary: 'the slot holds no medium' },
  ]);
  expect(errorsOf(await harness.plan(`${WEB}os: { media: null }\n`))).toMatchObject([{ code: 'IMPOSSIBLE' }]);
  const disk = await harness.plan(`${WEB}os: { media: null }\nignore: [os.media]\ndisks: { ide3: { size: 4GiB } }\n`);
  expect(errorsOf(disk).map(({ summary }) => summary)).toContain('the slot holds no disk');
});

it('an update with what is pending already: withdrawn where the spec says the running value', async () => {
  await harness.apply(`${WEB}power: running\n`);
  await setByHand(harness, 101, { cores: 8, memory: '4096' });
  const plan = await harness.apply(WEB);
  expect(changesOf(plan)).toEqual([
    ['cpu.cores', 8, 2],
    ['memory.size', '4GiB', '2GiB'],
  ]);
  expect(plan.resources[0]?.changes.map(({ note }) => note)).toEqual(Array(2).fill('withdraws what is pending'));
  expect(await pathsAgain(WEB)).toEqual([]);
});

it('withdrawing a pending value of a property string leaves what somebody else has pending in it', async () => {
  await harness.apply(`${WEB}power: running\n`);
  await setByHand(harness, 101, { cpu: 'kvm64,hidden=1' });
  await harness.apply(WEB);
  expect(await configOf(harness, 101)).toMatchObject({ cpu: 'host,hidden=1' });
});

it('a removal of a disk that waits for a restart is withdrawn, and no new volume is made', async () => {
  await harness.apply(`${WEB}power: running\ndisks: { scsi0: {}, sata1: { size: 1GiB } }\n`);
  await powerByHand(harness, 101, 'stop');
  await powerByHand(harness, 101, 'start');
  await setByHand(harness, 101, { delete: 'sata1' });
  const volumes = await volumesOf(harness);
  await harness.apply(`${WEB}disks: { scsi0: {}, sata1: { size: 1GiB } }\n`);
  expect(await volumesOf(harness)).toEqual(volumes);
  expect(await pathsAgain(`${WEB}disks: { scsi0: {}, sata1: { size: 1GiB } }\n`)).toEqual([]);
});

it('a balloon that is switched on waits for a restart, and one that is resized does not', async () => {
  await harness.apply(`${WEB}power: running\nmemory: { size: 2GiB, balloon: false }\n`);
  const on = await harness.apply(`${WEB}memory: { size: 2GiB, balloon: 1GiB }\n`);
  expect(on.resources[0]?.changes).toMatchObject([{ path: 'memory.balloon', effect: 'restart' }]);
  await powerByHand(harness, 101, 'stop');
  await powerByHand(harness, 101, 'start');
  const resize = await harness.apply(`${WEB}memory: { size: 2GiB, balloon: 512MiB }\n`);
  expect(resize.resources[0]?.changes).toMatchObject([{ path: 'memory.balloon', effect: 'live' }]);
});

it('R-56: a disk’s serial is labelled as taking effect at the next start', async () => {
  await harness.apply(`${WEB}power: running\ndisks: { scsi0: {} }\n`);
  const plan = await harness.apply(`${WEB}disks: { scsi0: { serial: ABC } }\n`);
  expect(plan.resources[0]?.changes).toMatchObject([{ path: 'disks.scsi0.serial', effect: 'restart' }]);
  expect(plan.resources[0]?.changes[0]?.note).toContain('next start');
});

it('a boot order is written after the device that it names', async () => {
  await harness.apply(`${WEB}disks: { scsi0: {} }\n`);
  const yaml = `${TWO_DISKS}boot: [scsi1, scsi0]\n`;
  const plan = await harness.apply(yaml);
  expect(titlesOf(plan)).toEqual(['add disk scsi1', 'set boot order']);
  expect(await configOf(harness, 101)).toMatchObject({ boot: 'order=scsi1;scsi0' });
  expect(await pathsAgain(yaml)).toEqual([]);
});

it('a growth beside a pending option is live, and the option waits', async () => {
  await harness.apply(`${WEB}power: running\ndisks: { scsi0: { size: 8GiB } }\n`);
  const plan = await harness.apply(`${WEB}disks: { scsi0: { size: 9GiB, cache: writeback } }\n`);
  expect(plan.resources[0]?.changes.map(({ path, effect }) => [path, effect])).toEqual([
    ['disks.scsi0.size', 'live'],
    ['disks.scsi0.cache', 'restart'],
  ]);
});
