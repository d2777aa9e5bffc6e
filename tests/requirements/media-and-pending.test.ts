import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import type { Plan } from '../../src/core/plan.ts';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, errorsOf, powerByHand, setByHand, titlesOf, volumesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nha: false\n';
const TWO_DISKS = `${WEB}disks: { scsi0: {}, scsi1: { size: 8GiB } }\n`;

async function pathsAgain(yaml: string): Promise<readonly string[]> {
  return changesOf(await harness.plan(yaml)).map(([path]) => path);
}

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

/** A plan with other values in the requests of its steps: what Proxmox VE will not take, and no plan would ask for. */
function withParams(plan: Plan, params: JsonObject): Plan {
  return {
    ...plan,
    resources: plan.resources.map((resource) => ({
      ...resource,
      steps: resource.steps.map((step) =>
        step.request === undefined
          ? step
          : { ...step, request: { ...step.request, params: { ...step.request.params, ...params } } },
      ),
    })),
  };
}

it('R-59: a failed unplug is reported with what it left pending, and withdrawn by the next run', async () => {
  const yaml = `${TWO_DISKS}power: running\n`;
  await harness.apply(yaml);
  const plan = await harness.plan(`${WEB}power: running\ndisks: { scsi0: {}, scsi1: null }\n`);
  // The guest boots from scsi0, which it does not let go.
  const result = await harness.run(withParams(plan, { delete: 'scsi0' }));
  expect(result).toMatchObject({ outcome: 'failed', wrote: true });
  expect(result.errors[0]?.details.join('\n')).toContain("can't unplug bootdisk 'scsi0'");
  expect(result.errors[0]?.details).toContain('left pending: the removal of scsi0');
  expect(result.errors[0]?.hints.join()).toContain('The next restart of guest 101, by anyone');
  const next = await harness.plan(yaml);
  expect(next.resources[0]?.changes).toMatchObject([{ path: 'disks.scsi0', withdraws: true }]);
  expect(next.resources[0]?.steps).toMatchObject([{ request: { params: { revert: 'scsi0' } } }]);
  await harness.apply(yaml);
  await powerByHand(harness, 101, 'stop');
  await powerByHand(harness, 101, 'start');
  expect(await configOf(harness, 101)).toHaveProperty('scsi0');
  expect(await pathsAgain(yaml)).toEqual([]);
});

it('R-59: a NIC that could not be changed is reported, and withdrawn before a restart applies it', async () => {
  const yaml = `${WEB}power: running\nnetwork: { net0: { bridge: vmbr0 } }\n`;
  await harness.apply(yaml);
  const before = (await configOf(harness, 101))['net0'];
  const plan = await harness.plan(yaml.replace('bridge: vmbr0', 'bridge: vmbr9'));
  const result = await harness.run(withParams(plan, { net0: String(before).replace('vmbr0', 'vmbr77') }));
  expect(result.errors[0]?.details).toContain(`left pending: net0 = ${String(before).replace('vmbr0', 'vmbr77')}`);
  expect(await configOf(harness, 101)).toMatchObject({ net0: expect.stringContaining('vmbr77') });
  const next = await harness.apply(yaml, { allow: ['restart'] });
  // What is withdrawn waits for nothing.
  expect(titlesOf(next)).toEqual(['change network interface net0']);
  await powerByHand(harness, 101, 'stop');
  await powerByHand(harness, 101, 'start');
  expect(await configOf(harness, 101)).toMatchObject({ net0: before });
  expect(await pathsAgain(yaml)).toEqual([]);
});

it('R-59: a write that is refused as a whole leaves nothing pending, and none is reported', async () => {
  await harness.apply(`${WEB}power: running\n`);
  const plan = await harness.plan(`${WEB}cpu: { cores: 4 }\n`);
  const result = await harness.run(withParams(plan, { cores: 0 }));
  expect(result).toMatchObject({ outcome: 'failed', wrote: false });
  expect(result.errors[0]?.details.join()).not.toContain('left pending');
});
