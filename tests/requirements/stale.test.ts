import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, createByHand, destroyByHand, setByHand } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nha: false\n';
const MORE = `${WEB}memory: { size: 4GiB }\n`;

it('R-54: a guest destroyed and made anew by hand under the planned id is a conflict, and nothing is written', async () => {
  await harness.apply(WEB);
  const plan = await harness.plan(MORE);
  await destroyByHand(harness, 101);
  await createByHand(harness, 101, { name: 'web-01', description: 'pvevm:-:vm/web-01:101', memory: '2048' }, 'pve2');
  const before = harness.sandbox.guestConfig(101);
  harness.writes();
  const result = await harness.run(plan);
  expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(result.errors[0]?.message).toContain('another guest than the one that was planned for');
  expect(harness.writes()).toEqual([]);
  expect(harness.sandbox.guestConfig(101)).toBe(before);
});

it('R-54: a guest without a uuid is known by its vmgenid: that one is changed, and no other', async () => {
  const other = 'aaaaaaaa-0000-4000-8000-000000000001';
  const edit = (change: (text: string) => string): void => {
    const file = join(harness.sandbox.directory, 'nodes/pve1/qemu-server/101.conf');
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    harness.sandbox.reload();
  };
  await harness.apply(`${WEB}node: pve1\n`);
  edit((text) => text.replace(/^smbios1: .*\n/m, ''));
  const stale = await harness.plan(MORE);
  expect(stale.resources[0]?.incarnation).toMatch(/^vmgenid=/);
  edit((text) => text.replace(/^vmgenid: .*$/m, `vmgenid: ${other}`));
  const refused = await harness.run(stale);
  expect(refused).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(refused.errors[0]?.message).toContain('another guest than the one that was planned for');
  const plan = await harness.plan(MORE);
  expect(plan.resources[0]?.incarnation).toBe(`vmgenid=${other}`);
  expect(await harness.run(plan)).toMatchObject({ outcome: 'ok' });
});

it('R-54: a guest destroyed by hand is an error, and none is made in its place', async () => {
  await harness.apply(WEB);
  const plan = await harness.plan(MORE);
  await destroyByHand(harness, 101);
  harness.writes();
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', wrote: false });
  expect(harness.writes()).toEqual([]);
});

it('R-19: a configuration that changed between plan and apply is a conflict, and nothing is written', async () => {
  await harness.apply(WEB);
  const plan = await harness.plan(MORE);
  await setByHand(harness, 101, { cores: 7 });
  harness.writes();
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(harness.writes()).toEqual([]);
  expect(await configOf(harness, 101)).toMatchObject({ cores: 7, memory: '2048' });
});

it('R-19: what somebody else changes in the middle of a run is a conflict before the next write', async () => {
  await harness.apply(WEB);
  const yaml = `${MORE}disks: { scsi0: {}, scsi1: { size: 1GiB }, scsi2: { size: 1GiB } }\n`;
  const plan = await harness.plan(yaml);
  // The write of the second step happens while the first one is reported, before its own read.
  const pve = harness.pve;
  const put = pve.put.bind(pve);
  let done = false;
  const meddling = {
    ...pve,
    put: async (path: string, options?: Parameters<typeof put>[1]) => {
      const answer = await put(path, options);
      if (!done && path.endsWith('/config')) {
        done = true;
        await put('/nodes/pve2/qemu/101/config', { params: { onboot: 1 } });
      }
      return answer;
    },
  };
  const result = await harness.run(plan, () => undefined, undefined, meddling);
  expect(result).toMatchObject({ outcome: 'failed', wrote: true, errors: [{ code: 'STALE' }] });
  expect(result.errors[0]?.message).toContain('onboot');
  expect(await configOf(harness, 101)).not.toHaveProperty('scsi1');
});

it('R-26: a guest that stays locked is an error that names the lock, and nothing is written', async () => {
  await harness.apply(WEB);
  const plan = await harness.plan(MORE);
  await harness.pve.post('/nodes/pve2/qemu/101/status/start');
  await harness.sandbox.settled();
  await harness.pve.post('/nodes/pve2/qemu/101/status/suspend', { params: { todisk: 1 } });
  await harness.sandbox.settled();
  harness.writes();
  const result = await harness.run(plan);
  expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'LOCKED' }] });
  expect(result.errors[0]?.message).toContain('(suspended)');
  expect(harness.writes()).toEqual([]);
});

it('R-19: a boot order that somebody changes between two steps is a conflict, where no device of ours explains it', async () => {
  await harness.apply(WEB);
  const plan = await harness.plan(`${MORE}console: { serial: null, display: std }\n`);
  expect(plan.resources[0]?.steps).toHaveLength(2);
  const { pve } = harness;
  const meddled: typeof pve = {
    ...pve,
    put: async (path, options) => {
      const answer = await pve.put(path, options);
      await setByHand(harness, 101, { boot: 'order=net0' });
      return answer;
    },
  };
  const result = await harness.run(plan, () => undefined, undefined, meddled);
  expect(result).toMatchObject({ outcome: 'failed', wrote: true, counts: { done: 1, failed: 1 } });
  expect(result.errors[0]?.message).toContain('somebody else changed boot of guest 101 meanwhile');
});

it('a config write that fails with 500 counts as one that may have written a part', async () => {
  await harness.apply(WEB);
  const plan = await harness.plan(MORE);
  harness.sandbox.failNext({ method: 'PUT', path: /\/config$/, status: 500, message: 'got timeout' });
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', wrote: true, errors: [{ code: 'PVE_ERROR' }] });
});

it('a task that fails on a guest that is there counts as one that may have written a part; a create that fails does not', async () => {
  harness.sandbox.failNext('POST /nodes/*/qemu task-error=boom');
  const created = await harness.run(await harness.plan(WEB));
  expect(created).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'TASK_FAILED' }] });
  await harness.apply(WEB);
  const plan = await harness.plan(`${WEB}disks: { scsi0: {}, scsi1: { size: 1GiB } }\n`);
  harness.sandbox.failNext('POST /nodes/*/qemu/*/config task-error=boom');
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', wrote: true, errors: [{ code: 'TASK_FAILED' }] });
});

/** Rewrites the config file of a guest as another program on the node would. */
function rewriteConfig(node: string, vmid: number, change: (text: string) => string): void {
  const file = join(harness.sandbox.directory, 'nodes', node, 'qemu-server', `${vmid}.conf`);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  harness.sandbox.reload();
}

/** Plans while a backup holds the guest's lock, and runs the plan while that ends with a change of the file. */
async function runWhileUnlocking(unlock: (text: string) => string): ReturnType<Harness['run']> {
  await harness.apply(WEB);
  const node = (await harness.plan(WEB)).resources[0]?.node ?? '';
  rewriteConfig(node, 101, (text) => `${text}lock: backup\n`);
  const plan = await harness.plan(MORE);
  const before = harness.sandbox.requests.length;
  const running = harness.run(plan);
  // The run has to have seen the lock, however slow the machine is.
  const hasLooked = (): boolean => harness.sandbox.requests.slice(before).some(({ path }) => path.endsWith('/pending'));
  while (!hasLooked()) await new Promise((resolve) => setTimeout(resolve, 5));
  rewriteConfig(node, 101, unlock);
  return running;
}

it('R-26: a guest that was locked when it was planned is changed once the lock goes', async () => {
  const result = await runWhileUnlocking((text) => text.replace('lock: backup\n', ''));
  expect(result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(await configOf(harness, 101)).toMatchObject({ memory: '4096' });
});

it('R-19: what else changed while the guest was locked is a conflict, and nothing is written', async () => {
  const result = await runWhileUnlocking((text) => text.replace('lock: backup\n', '').replace('cores: 2', 'cores: 3'));
  expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(result.errors[0]?.message).toContain('cores');
  expect(await configOf(harness, 101)).toMatchObject({ cores: 3, memory: '2048' });
});
