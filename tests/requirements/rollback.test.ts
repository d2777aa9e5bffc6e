import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PvevmError } from '../../src/core/error.ts';
import type { ApplyEvent } from '../../src/core/event.ts';
import type { Rollback } from '../../src/engine/rollback/roll-back.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, createByHand, destroyByHand, guestIds, powerOf, setByHand, volumesOf } from './guests.ts';
import { startImageServer } from './image-server.ts';
import { afterWrite, applyTold, endsOf } from './meddling.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const guest = (name: string, more = ''): string =>
  `kind: vm\nname: ${name}\nnode: pve1\nos: { media: null }\nconsole: { serial: null }\nha: false\n${more}`;
const GOOD = guest('good', 'power: running\n');
const BAD = guest('bad', 'power: running\n');

/** A client under which the start of one guest fails. */
function failingStart(pve: PveClient, vmid: number): PveClient {
  return {
    ...pve,
    post: async (path, options) => {
      if (path.endsWith(`/qemu/${vmid}/status/start`)) harness.sandbox.failNext(`POST ${path} task-error=boom`);
      return await pve.post(path, options);
    },
  };
}

const rolledBack = ({ events }: Awaited<ReturnType<typeof applyTold>>): readonly unknown[] =>
  events.flatMap((event) => (event.type === 'resource.rolledBack' ? [event] : []));

it('R-22: after a failure the guests that the run has created are destroyed again, running ones too, and nothing else', async () => {
  await createByHand(harness, 150, { name: 'mine' });
  await harness.apply(guest('old'));
  const yaml = `${GOOD}---\n${BAD}---\n${guest('old', 'memory: { size: 4GiB }\n')}`;
  const run = await applyTold(harness, yaml, failingStart(harness.pve, 103), { rollsBack: true });
  expect(run.result).toMatchObject({ outcome: 'failed', wrote: true, counts: { failed: 1 } });
  expect(await guestIds(harness)).toEqual([101, 150]);
  expect((await volumesOf(harness)).filter((volume) => /vm-10[23]-/.test(volume))).toEqual([]);
  expect(rolledBack(run)).toMatchObject([
    { resource: 'vm/good', outcome: 'destroyed', vmid: 102 },
    { resource: 'vm/bad', outcome: 'destroyed', vmid: 103 },
  ]);
  const started = run.events.findIndex((event) => event.type === 'rollback.started');
  expect(run.events[started]).toMatchObject({
    resources: [
      { address: 'vm/good', action: 'delete' },
      { address: 'vm/bad', action: 'delete' },
    ],
  });
  const steps = run.events.slice(started).filter((event) => event.type === 'step.started');
  expect(steps.length).toBeGreaterThan(2);
  expect(steps.every((event) => event.rollback === true)).toBe(true);
});

it('R-22: the requests of a rollback are those that its plans show', async () => {
  const run = await applyTold(harness, BAD, failingStart(harness.pve, 101), { rollsBack: true });
  const planned = run.events.flatMap((event) =>
    event.type === 'rollback.started'
      ? event.resources.flatMap(({ steps }) => steps.flatMap(({ request }) => request ?? []))
      : [],
  );
  const sent = harness.writes().slice(-planned.length);
  expect(planned.length).toBeGreaterThan(0);
  expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual(
    planned.map(({ method, path }) => `${method} ${path}`),
  );
});

it('without being asked for, what was created stays', async () => {
  const run = await applyTold(harness, `${GOOD}---\n${BAD}`, failingStart(harness.pve, 102));
  expect(run.result.outcome).toBe('failed');
  expect(await guestIds(harness)).toEqual([101, 102]);
  expect(run.events.some((event) => event.type === 'rollback.started')).toBe(false);
});

it('a run without a failure keeps what it has created', async () => {
  const run = await applyTold(harness, GOOD, harness.pve, { rollsBack: true });
  expect(run.result.outcome).toBe('ok');
  expect(await guestIds(harness)).toEqual([101]);
  expect(await powerOf(harness, 101)).toBe('running');
  expect(rolledBack(run)).toEqual([]);
});

it('R-54: a guest that took the place of a created one is left, and so is one that is gone', async () => {
  // Its create, then its start: the failure of another guest comes after both.
  const replace = async (): Promise<void> => {
    await harness.sandbox.settled();
    await destroyByHand(harness, 101);
    await createByHand(harness, 101, { name: 'good', description: 'pvevm:-:vm/good:101', tags: 'pvevm' });
    await destroyByHand(harness, 102);
  };
  const yaml = `${guest('good')}---\n${guest('gone')}---\n${BAD}`;
  const pve = afterWrite(failingStart(harness.pve, 103), 3, replace);
  const run = await applyTold(harness, yaml, pve, { rollsBack: true, parallelism: 1 });
  expect(await guestIds(harness)).toEqual([101]);
  expect(rolledBack(run)).toMatchObject([
    { resource: 'vm/good', outcome: 'left', reason: expect.stringContaining('another one') },
    { resource: 'vm/gone', outcome: 'left', reason: expect.stringContaining('not there any more') },
    { resource: 'vm/bad', outcome: 'destroyed' },
  ]);
});

it('R-54: a guest that could not be read after its create is left, for it may be another one', async () => {
  const pve = failingStart(harness.pve, 101);
  let isMade = false;
  const blind: PveClient = {
    ...pve,
    get: async (path, options) => {
      if (!isMade || !path.endsWith('/pending')) return await pve.get(path, options);
      isMade = false;
      throw new PvevmError('PERMISSION', 'Permission check failed (/vms/101, VM.Audit)', { status: 403 });
    },
    post: async (path, options) => {
      const answer = await pve.post(path, options);
      isMade ||= path.endsWith('/qemu');
      return answer;
    },
  };
  const run = await applyTold(harness, BAD, blind, { rollsBack: true });
  expect(run.result.outcome).toBe('failed');
  expect(rolledBack(run)).toMatchObject([{ outcome: 'left', reason: expect.stringContaining('could not be read') }]);
  expect(await guestIds(harness)).toEqual([101]);
});

it('R-5: a guest that somebody changes while it is taken back is left, and not planned anew from its document', async () => {
  const file = join(harness.sandbox.directory, 'nodes/pve1/qemu-server/101.conf');
  const events: ApplyEvent[] = [];
  const onEvent = (event: ApplyEvent): void => {
    events.push(event);
    if (event.type !== 'rollback.started') return;
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^cores: .*$/m, 'cores: 7'));
    harness.sandbox.reload();
  };
  const { result } = await applyTold(harness, BAD, failingStart(harness.pve, 101), { rollsBack: true, onEvent });
  expect(result.outcome).toBe('failed');
  expect(events.map(({ type }) => type)).not.toContain('resource.replanned');
  expect(rolledBack({ result, events })).toMatchObject([
    { outcome: 'left', reason: expect.stringContaining('has changed since it was planned') },
  ]);
  expect(await configOf(harness, 101)).toMatchObject({ cores: 7 });
});

it('R-5: where the plan of the removal has an error that is about no guest, all are left, with the reason', async () => {
  const yaml = BAD;
  const problem = { severity: 'error', code: 'CONNECT', summary: 'the cluster has no quorum', detail: 'x' } as const;
  const rollback: Rollback = async () => {
    const made = await harness.removal(`${yaml}vmid: 101\n`);
    return { ...made, diagnostics: [...made.diagnostics, problem] };
  };
  const run = await applyTold(harness, yaml, failingStart(harness.pve, 101), { rollback });
  expect(rolledBack(run)).toMatchObject([
    { outcome: 'left', reason: expect.stringContaining('the cluster has no quorum') },
  ]);
  expect(await guestIds(harness)).toEqual([101]);
});

it('R-5: protection is respected, and said', async () => {
  const yaml = guest('bad', 'power: running\nprotection: true\n');
  const run = await applyTold(harness, yaml, failingStart(harness.pve, 101), { rollsBack: true });
  expect(await guestIds(harness)).toEqual([101]);
  expect(rolledBack(run)).toMatchObject([{ outcome: 'left', reason: expect.stringContaining('protect') }]);
});

it('a guest whose mark was taken away meanwhile is left', async () => {
  const pve = afterWrite(failingStart(harness.pve, 101), 1, async () => {
    await harness.sandbox.settled();
    await setByHand(harness, 101, { description: 'mine now' });
  });
  const run = await applyTold(harness, BAD, pve, { rollsBack: true, replan: undefined });
  expect(run.result.outcome).toBe('failed');
  expect(await guestIds(harness)).toEqual([101]);
  expect(rolledBack(run)).toMatchObject([{ outcome: 'left', reason: expect.stringContaining('not pvevm') }]);
});

it('R-28: where somebody interrupts a run that fails, what it has created is left, and said', async () => {
  const controller = new AbortController();
  const pve: PveClient = {
    ...harness.pve,
    post: async (path, options) => {
      if (!path.endsWith('/status/start')) return await harness.pve.post(path, options);
      controller.abort();
      throw new Error('boom');
    },
  };
  const run = await applyTold(harness, BAD, pve, { rollsBack: true, signal: controller.signal });
  expect(run.result.outcome).toBe('failed');
  expect(await guestIds(harness)).toEqual([101]);
  expect(rolledBack(run)).toMatchObject([{ outcome: 'left', reason: 'the run was interrupted' }]);
});

it('R-22: a failed guest leaves the others to their end, unless the run is to fail fast', async () => {
  const yaml = `${guest('a', 'power: running\n')}---\n${guest('b')}---\n${guest('c')}`;
  const fast = await applyTold(harness, yaml, failingStart(harness.pve, 101), { failFast: true, parallelism: 1 });
  expect(fast.result).toMatchObject({ outcome: 'failed', counts: { failed: 1 } });
  expect(endsOf(fast).slice(-2)).toEqual([expect.stringMatching(/skipped$/), expect.stringMatching(/skipped$/)]);
  const skipped = fast.events.filter((event) => event.type === 'resource.finished' && event.outcome === 'skipped');
  expect(skipped).toMatchObject([{ reason: 'vm/a failed (--fail-fast)' }, { reason: 'vm/a failed (--fail-fast)' }]);
  expect(await guestIds(harness)).toEqual([101]);
  const slow = await applyTold(harness, yaml, failingStart(harness.pve, 101), { parallelism: 1 });
  expect(slow.result).toMatchObject({ outcome: 'failed', counts: { failed: 1 } });
  expect(await guestIds(harness)).toEqual([101, 102, 103]);
});

it('R-22: with --fail-fast, steps that run are ended, and the next ones of their guests are not begun', async () => {
  const yaml = `${guest('a', 'power: running\n')}---\n${guest('b', 'power: running\n')}`;
  const seen: string[] = [];
  let ended: () => void = () => undefined;
  const failed = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const pve: PveClient = {
    ...harness.pve,
    post: async (path, options) => {
      if (path.endsWith('/status/start')) throw new Error('boom');
      const answer = await harness.pve.post(path, options);
      // The second create answers once the other guest has failed.
      if (options?.params?.['name'] === 'b') await failed;
      return answer;
    },
  };
  const watched = await applyTold(harness, yaml, pve, {
    failFast: true,
    onEvent: (event) => {
      if (event.type === 'step.finished' && event.outcome === 'failed') ended();
      seen.push(event.type === 'step.finished' ? `${event.resource} ${event.title}: ${event.outcome}` : event.type);
    },
  });
  expect(watched.result).toMatchObject({ outcome: 'failed', counts: { failed: 1 } });
  expect(seen).toContain('vm/b create: ok');
  expect(seen.filter((line) => /^vm\/b start: /.test(line))).toEqual(['vm/b start: skipped']);
  expect(await guestIds(harness)).toEqual([101, 102]);
});

it('R-22: a guest under HA is taken out of it before it is destroyed', async () => {
  const yaml = `kind: vm\nname: good\nnode: pve1\nos: { media: null }\nha: true\npower: running\n---\n${BAD}`;
  const run = await applyTold(harness, yaml, failingStart(harness.pve, 102), { rollsBack: true, parallelism: 1 });
  expect(rolledBack(run)).toMatchObject([{ outcome: 'destroyed' }, { outcome: 'destroyed' }]);
  expect(await harness.pve.get('/cluster/ha/resources')).toEqual([]);
  expect(await guestIds(harness)).toEqual([]);
});

it('R-22: clones that a failed run has made go before the template that it has made', async () => {
  const template = guest('tpl', 'template: true\n');
  const clone = `kind: vm\nname: copy\nnode: pve1\nha: false\nclone: { from: tpl, mode: linked }\npower: running\n`;
  const run = await applyTold(harness, `${template}---\n${clone}`, failingStart(harness.pve, 102), { rollsBack: true });
  expect(run.result.outcome).toBe('failed');
  expect(rolledBack(run)).toMatchObject([{ outcome: 'destroyed' }, { outcome: 'destroyed' }]);
  expect(await guestIds(harness)).toEqual([]);
});

it('R-22: a template whose clone could not be destroyed again is left, without an attempt', async () => {
  const template = guest('tpl', 'template: true\n');
  const clone = `kind: vm\nname: copy\nnode: pve1\nha: false\nclone: { from: tpl, mode: linked }\npower: running\n`;
  const pve = failingStart(harness.pve, 102);
  const stubborn: PveClient = {
    ...pve,
    delete: async (path, options) => {
      if (path.endsWith('/qemu/102')) harness.sandbox.failNext(`DELETE ${path} task-error=boom`);
      return await pve.delete(path, options);
    },
  };
  const run = await applyTold(harness, `${template}---\n${clone}`, stubborn, { rollsBack: true });
  expect(rolledBack(run)).toMatchObject([
    { resource: 'vm/tpl', outcome: 'left', reason: 'what is made from it is left' },
    { resource: 'vm/copy', outcome: 'left', reason: expect.stringContaining('boom') },
  ]);
  const sent = harness.writes().flatMap(({ method, path }) => (method === 'DELETE' ? [path] : []));
  expect(new Set(sent)).toEqual(new Set(['/nodes/pve1/qemu/102']));
  expect(await guestIds(harness)).toEqual([101, 102]);
});

it('R-22: an image that a failed run has downloaded stays, and is named', async () => {
  const files = await startImageServer();
  try {
    const image = `{ url: "${files.base}/debian.raw", checksum: "${files.checksum('/debian.raw')}" }`;
    const yaml = `${BAD}disks: { scsi0: { storage: local-lvm, image: ${image} } }\n`;
    const run = await applyTold(harness, yaml, failingStart(harness.pve, 101), { rollsBack: true });
    expect(rolledBack(run)).toMatchObject([
      { resource: 'vm/bad', outcome: 'destroyed' },
      { outcome: 'kept', vmid: null, identity: expect.stringMatching(/:import\/debian-/) },
    ]);
    const rows = run.events.flatMap((event) => (event.type === 'resource.rolledBack' ? [event] : []));
    const storage = rows[1]?.identity?.split(':')[0] ?? '';
    expect(await volumesOf(harness, storage)).toContain(rows[1]?.identity);
    expect(await guestIds(harness)).toEqual([]);
  } finally {
    files.close();
  }
});
