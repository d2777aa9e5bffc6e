import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, createByHand, destroyByHand, guestIds, powerByHand, powerOf, setByHand } from './guests.ts';
import { afterWrite, applyTold, beforeWrite, endsOf } from './meddling.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\nos: { media: null }\n';
const MORE = `${WEB}memory: { size: 4GiB }\n`;

it('R-19: a digest that is refused plans the guest anew, and the run goes on with what that says', async () => {
  await harness.apply(WEB);
  harness.writes();
  const pve = beforeWrite(harness.pve, 1, () => setByHand(harness, 101, { onboot: 1 }));
  const run = await applyTold(harness, MORE, pve);
  expect(run.result).toMatchObject({
    outcome: 'ok',
    wrote: true,
    counts: { done: 1, failed: 0, skipped: 0 },
    errors: [],
  });
  expect(await configOf(harness, 101)).toMatchObject({ memory: '4096' });
  const replanned = run.events.find((event) => event.type === 'resource.replanned');
  expect(replanned).toMatchObject({
    resource: 'vm/web-01',
    plan: { action: 'update', steps: [{ id: 'vm/web-01#2', request: { method: 'PUT' } }] },
  });
  expect((await harness.plan(MORE)).resources[0]?.steps).toEqual([]);
});

it('R-19: what somebody else did to a managed key is brought back, and shown as a change', async () => {
  await harness.apply(MORE);
  const yaml = `${MORE}cpu: { cores: 3 }\n`;
  const pve = beforeWrite(harness.pve, 1, () => setByHand(harness, 101, { memory: '1024' }));
  const run = await applyTold(harness, yaml, pve);
  expect(run.result.outcome).toBe('ok');
  const replanned = run.events.find((event) => event.type === 'resource.replanned');
  expect(replanned).toMatchObject({
    plan: { changes: expect.arrayContaining([expect.objectContaining({ path: 'memory.size' })]) },
  });
  expect(await configOf(harness, 101)).toMatchObject({ memory: '4096', cores: 3 });
});

it('R-19: every step that was begun is ended once, and the writes are those of the plan that was shown', async () => {
  await harness.apply(WEB);
  harness.writes();
  const pve = beforeWrite(harness.pve, 1, () => setByHand(harness, 101, { onboot: 1 }));
  const run = await applyTold(harness, MORE, pve);
  const started = run.events.flatMap((event) => (event.type === 'step.started' ? [event.step] : []));
  const ended = run.events.flatMap((event) => (event.type === 'step.finished' ? [event.step] : []));
  expect(started).toEqual(['vm/web-01#1', 'vm/web-01#2']);
  expect(ended).toEqual(started);
  const shown = run.events.flatMap((event) => (event.type === 'resource.replanned' ? event.plan.steps : []));
  const sent = harness.writes().at(-1);
  expect(sent).toMatchObject({ path: shown[0]?.request?.path, params: shown[0]?.request?.params });
});

it('R-19: a second conflict of the same guest fails', async () => {
  await harness.apply(WEB);
  let times = 0;
  const meddle = async (): Promise<void> => {
    times += 1;
    await setByHand(harness, 101, { cores: 2 + times });
  };
  const pve = beforeWrite(beforeWrite(harness.pve, 1, meddle), 2, meddle);
  const { result } = await applyTold(harness, MORE, pve);
  expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(times).toBe(2);
});

it('R-19: what cannot be planned anew fails as before: a plan that was saved', async () => {
  await harness.apply(WEB);
  const pve = beforeWrite(harness.pve, 1, () => setByHand(harness, 101, { onboot: 1 }));
  const { result } = await applyTold(harness, MORE, pve, { replan: undefined });
  expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
});

it('R-54: another guest under the same id is never planned anew', async () => {
  await harness.apply(WEB);
  const pve = beforeWrite(harness.pve, 1, async () => {
    await destroyByHand(harness, 101);
    await createByHand(harness, 101, {
      name: 'web-01',
      description: 'pvevm:-:vm/web-01:101',
      tags: 'pvevm',
      memory: '2048',
    });
  });
  const run = await applyTold(harness, MORE, pve);
  expect(run.result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(run.events.some((event) => event.type === 'resource.replanned')).toBe(false);
  expect(await configOf(harness, 101)).toMatchObject({ memory: '2048' });
});

it('R-8: a new plan that loses data the first one did not name stops with what it would need, whatever was allowed', async () => {
  const yaml = `${WEB}unused: destroy\n`;
  await harness.apply(yaml);
  const more = `${yaml}memory: { size: 4GiB }\n`;
  const meddle = async (): Promise<void> => {
    await setByHand(harness, 101, { scsi1: 'ceph-pool:1' });
    await setByHand(harness, 101, { delete: 'scsi1' });
  };
  const refused = await applyTold(harness, more, beforeWrite(harness.pve, 1, meddle));
  expect(refused.result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'CONSENT' }] });
  expect(refused.result.errors[0]?.message).toContain('data-loss');
  expect(refused.result.errors[0]?.hints[0]).toContain('--allow data-loss');
  expect(await configOf(harness, 101)).toHaveProperty('unused0');
  await setByHand(harness, 101, { delete: 'unused0' });
  const allowed = await applyTold(harness, more, beforeWrite(harness.pve, 1, meddle), { allow: ['data-loss'] });
  expect(allowed.result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(await configOf(harness, 101)).toHaveProperty('unused0');
});

it('R-19: a new plan with errors stops, and says them', async () => {
  await harness.apply(WEB);
  const yaml = `${MORE}disks: { scsi0: { size: 40GiB } }\n`;
  const pve = beforeWrite(harness.pve, 1, async () => {
    await harness.pve.put('/nodes/pve1/qemu/101/resize', { params: { disk: 'scsi0', size: '50G' } });
    await harness.sandbox.settled();
  });
  const { result } = await applyTold(harness, yaml, pve);
  expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  expect(result.errors[0]?.message).toContain('a new plan of vm/web-01 has errors');
  expect(result.errors[0]?.details.join('\n')).toContain('40');
});

it('R-22: a guest that the run has just created is planned anew too, and its start and HA are not forgotten', async () => {
  const yaml = 'kind: vm\nname: web-01\nnode: pve1\npower: running\n';
  const pve = beforeWrite(harness.pve, 2, () => setByHand(harness, 101, { cores: 6 }));
  const run = await applyTold(harness, yaml, pve);
  expect(run.result).toMatchObject({ outcome: 'ok', errors: [] });
  const ends = endsOf(run);
  expect(ends.slice(0, 3)).toEqual(['create: ok', 'set serial console: replanned', 'register HA (started): replanned']);
  expect(ends.filter((end) => end.startsWith('register HA') || end.startsWith('wait until HA'))).toEqual([
    'register HA (started): replanned',
    'wait until HA has started it: replanned',
    'register HA (started): ok',
    'wait until HA has started it: ok',
  ]);
  expect(await configOf(harness, 101)).toMatchObject({ cores: 2, serial0: 'socket' });
  expect(await powerOf(harness, 101)).toBe('running');
  expect(run.events.at(-2)).toMatchObject({ type: 'resource.finished', created: true, vmid: 101, outcome: 'ok' });
  expect(await guestIds(harness)).toEqual([101]);
});

it('R-22: a guest that was taken down for its changes is started again, though its power is not managed', async () => {
  await harness.apply(`${WEB}disks: { scsi0: {}, scsi1: { size: 1GiB } }\nboot: [scsi0, scsi1]\n`);
  await powerByHand(harness, 101, 'start');
  // Written after the shutdown.
  const pve = afterWrite(harness.pve, 1, async () => {
    await harness.sandbox.settled();
    await setByHand(harness, 101, { onboot: 1 });
  });
  const yaml = `${WEB}restart: allowed\ndisks: { scsi0: {}, scsi1: null }\nboot: [scsi0]\n`;
  const run = await applyTold(harness, yaml, pve);
  expect(run.result).toMatchObject({ outcome: 'ok', errors: [] });
  const anew = run.events.flatMap((event) => (event.type === 'resource.replanned' ? event.plan.steps : []));
  expect(anew.at(-1)).toMatchObject({ title: 'start again', request: { path: '/nodes/pve1/qemu/101/status/start' } });
  expect(await configOf(harness, 101)).not.toHaveProperty('scsi1');
  expect(await powerOf(harness, 101)).toBe('running');
});

it('R-22: such a guest is started before what it no longer uses is destroyed, and that is destroyed once', async () => {
  await harness.apply(`${WEB}disks: { scsi0: {}, scsi1: { size: 1GiB } }\nboot: [scsi0, scsi1]\n`);
  await powerByHand(harness, 101, 'start');
  const pve = afterWrite(harness.pve, 1, async () => {
    await harness.sandbox.settled();
    await setByHand(harness, 101, { onboot: 1 });
  });
  const yaml = `${WEB}restart: allowed\nunused: destroy\ndisks: { scsi0: {}, scsi1: null }\nboot: [scsi0]\n`;
  const run = await applyTold(harness, yaml, pve);
  expect(run.result).toMatchObject({ outcome: 'ok', errors: [] });
  const anew = run.events.flatMap((event) => (event.type === 'resource.replanned' ? event.plan.steps : []));
  expect(anew.map(({ title }) => title).slice(-2)).toEqual(['start again', 'destroy unused0: ceph-pool:vm-101-disk-2']);
  expect(anew.filter(({ title }) => title.startsWith('destroy'))).toHaveLength(1);
  expect(await powerOf(harness, 101)).toBe('running');
});

it('R-31: a guest that somebody stops after the run has started it stays stopped', async () => {
  await harness.apply(`${WEB}disks: { scsi0: {}, scsi1: { size: 1GiB } }\nboot: [scsi0, scsi1]\n`);
  await powerByHand(harness, 101, 'start');
  const { pve } = harness;
  const meddling: typeof pve = {
    ...pve,
    get: async (path, options) => {
      const answer = await pve.get(path, options);
      // What follows the start is prepared when its task has ended.
      if (!isStarted || !path.endsWith('/pending')) return answer;
      isStarted = false;
      await powerByHand(harness, 101, 'stop');
      await setByHand(harness, 101, { onboot: 1 });
      return await pve.get(path, options);
    },
    post: async (path, options) => {
      const answer = await pve.post(path, options);
      isStarted ||= path.endsWith('/status/start');
      return answer;
    },
  };
  let isStarted = false;
  const yaml = `${WEB}restart: allowed\nunused: destroy\ndisks: { scsi0: {}, scsi1: null }\nboot: [scsi0]\n`;
  const run = await applyTold(harness, yaml, meddling);
  expect(run.result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(endsOf(run).filter((end) => end.startsWith('start again'))).toEqual(['start again: ok']);
  expect(endsOf(run).at(-1)).toBe('destroy unused0: ceph-pool:vm-101-disk-2: ok');
  expect(await powerOf(harness, 101)).toBe('stopped');
});

it('R-24: an outcome that nobody can tell plans the guest anew', async () => {
  await harness.apply(`${WEB}power: stopped\n`);
  const yaml = `${WEB}power: running\n`;
  const { PvevmError } = await import('../../src/core/error.ts');
  let lost = false;
  const pve: typeof harness.pve = {
    ...harness.pve,
    post: async (path, options) => {
      if (lost) return await harness.pve.post(path, options);
      lost = true;
      throw new PvevmError('UNKNOWN_OUTCOME', 'cannot tell whether it was done: start');
    },
  };
  const run = await applyTold(harness, yaml, pve);
  expect(run.result).toMatchObject({ outcome: 'ok', wrote: true });
  expect(endsOf(run)).toEqual(['start: replanned', 'start: ok']);
  expect(await powerOf(harness, 101)).toBe('running');
});

it('R-19: a guest that is to be destroyed and was changed meanwhile loses no disk that the plan did not name', async () => {
  await harness.apply(WEB);
  const plan = await harness.removal(WEB);
  await setByHand(harness, 101, { scsi1: 'ceph-pool:1' });
  const { applyPlan } = await import('../../src/engine/apply.ts');
  const { systemClock } = await import('../../src/pve/clock.ts');
  const replan = async () => (await harness.removal(WEB)).resources[0] ?? [];
  const common = { plan, pve: harness.pve, clock: systemClock, onEvent: () => undefined };
  const result = await applyPlan({ ...common, replan, allowed: new Set(['data-loss', 'restart']) });
  expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(result.errors[0]?.message).toContain('removal of ceph-pool:vm-101-disk-2');
  await setByHand(harness, 101, { delete: 'scsi1', force: true });
  const renamed = await applyPlan({ ...common, replan, allowed: new Set(['data-loss', 'restart']) });
  expect(renamed).toMatchObject({ outcome: 'ok' });
  expect(await guestIds(harness)).toEqual([]);
});
