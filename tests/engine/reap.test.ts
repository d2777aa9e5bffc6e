import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import { createReapPlan } from '../../src/engine/reap.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { createVirtualClock, type VirtualClock } from '../../src/sandbox/virtual-clock.ts';
import { type Harness, startHarness } from '../harness.ts';
import { createByHand, errorsOf, guestIds, setByHand } from '../requirements/guests.ts';

let harness: Harness;
let clock: VirtualClock;
beforeEach(async () => {
  clock = createVirtualClock(Date.parse('2026-08-01T08:00:10Z'));
  harness = await startHarness({ clock, taskTimeMs: 0 });
});
afterEach(() => harness.close());

const HOUR_MS = 3_600_000;
const BARE = 'kind: vm\nname: ci-01\nvmid: 200\nnode: pve1\nha: false\n';
const CI = `${BARE}description: for one job\nttl: 4h\n`;

/** The plan of `reap` for a stack. */
const reap = (stack: string | null = null): Promise<Plan> =>
  createReapPlan({
    ...{ project: { stack, mark: 'full' }, pve: harness.pve, user: harness.pve.user, clock: systemClock },
    allow: new Set(['hard-stop']),
  });

const doomed = (plan: Plan): readonly unknown[] =>
  plan.resources.filter(({ steps }) => steps.length > 0).map(({ address, vmid }) => [address, vmid]);

it('R-5: reap destroys what is over by the server’s clock, of its stack, and never a guest without an end', async () => {
  const lab = { project: 'kind: project\nstack: lab\n' };
  await harness.apply(CI);
  await harness.apply(`${BARE.replaceAll('ci-01', 'stays').replace('200', '201')}power: running\n`);
  await harness.apply(CI.replaceAll('ci-01', 'lab-01').replace('200', '202'), lab);
  await createByHand(harness, 203, { description: `pvevm:-:vm/x:999 until 2020-01-01T00:00Z`, tags: 'pvevm' });
  await createByHand(harness, 204, { description: 'until 2020-01-01T00:00Z', tags: 'pvevm' });
  await clock.advance(4 * HOUR_MS - 60_000);
  expect(doomed(await reap())).toEqual([]);
  await clock.advance(120_000);
  harness.writes();
  const plan = await reap();
  expect(doomed(plan)).toEqual([['vm/ci-01', 200]]);
  // What carries a copied mark, or belongs to another stack, is not even looked at as a removal.
  expect(plan.diagnostics).toEqual([]);
  expect(plan.resources[0]).toMatchObject({ reason: 'its time was over at 2026-08-01T12:01Z' });
  expect(plan.resources[0]?.changes.map(({ path }) => path)).toEqual(['efidisk0', 'scsi0']);
  expect(await harness.run(plan)).toMatchObject({ outcome: 'ok' });
  await harness.sandbox.settled();
  expect(harness.writes()).toMatchObject([{ method: 'DELETE', path: '/nodes/pve1/qemu/200' }]);
  expect(await guestIds(harness)).toEqual([201, 202, 203, 204]);
  expect(doomed(await reap('lab'))).toEqual([['vm/lab-01', 202]]);
});

it('R-5: what is protected is left with a warning, and so is a template whose clone is left; the others go', async () => {
  await harness.apply(CI);
  await harness.apply('kind: vm\nname: tpl\nvmid: 900\nnode: pve1\nha: false\ntemplate: true\nttl: 1h\n');
  await harness.apply(
    'kind: vm\nname: linked\nvmid: 901\nha: false\nprotection: true\nttl: 1h\nclone: { from: 900, mode: linked }\n',
  );
  await clock.advance(5 * HOUR_MS);
  const plan = await reap();
  expect(doomed(plan)).toEqual([['vm/ci-01', 200]]);
  expect(plan.summary.destroy).toBe(1);
  expect(errorsOf(plan)).toEqual([]);
  expect(plan.diagnostics).toMatchObject([{ severity: 'warning', summary: 'the guest is protected' }]);
  await setByHand(harness, 901, { protection: 0 });
  expect(doomed(await reap())).toEqual([
    ['vm/ci-01', 200],
    ['vm/linked', 901],
    ['vm/tpl', 900],
  ]);
});

it('R-54: a guest whose end was moved since the plan is not destroyed', async () => {
  await harness.apply(CI);
  await clock.advance(5 * HOUR_MS);
  const plan = await reap();
  await harness.apply(CI, { renew: true });
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  expect(doomed(await reap())).toEqual([]);
  expect(await guestIds(harness)).toEqual([200]);
});

it('a guest on a node that is offline is left with a note', async () => {
  await harness.apply(CI);
  await clock.advance(5 * HOUR_MS);
  const { pve } = harness;
  const get: Harness['pve']['get'] = async (path, options) => {
    const rows = await pve.get(path, options);
    if (path !== '/cluster/resources') return rows;
    return (rows as { type: string; node: string }[]).map((row) =>
      row.type === 'node' && row.node === 'pve1' ? { ...row, status: 'offline' } : row,
    );
  };
  const plan = await createReapPlan({
    ...{ project: { stack: null, mark: 'full' }, pve: { ...pve, get }, user: pve.user, clock: systemClock },
  });
  expect(doomed(plan)).toEqual([]);
  expect(plan.diagnostics).toMatchObject([{ severity: 'note', code: 'CONNECT', summary: 'a guest is left' }]);
});

it('of two guests with one mark’s address one goes at a time', async () => {
  await harness.apply(CI);
  const description = 'pvevm:-:vm/ci-01:300 until 2026-08-01T09:00Z';
  await createByHand(harness, 300, { name: 'ci-01', description, tags: 'pvevm' });
  await clock.advance(2 * HOUR_MS);
  expect(doomed(await reap())).toEqual([['vm/ci-01', 300]]);
  await clock.advance(3 * HOUR_MS);
  const both = await reap();
  expect(doomed(both)).toEqual([['vm/ci-01', 200]]);
  expect(both.diagnostics[0]?.detail).toContain('The next run takes it');
});

it('R-54: a guest whose end is moved while the plan is made is left', async () => {
  await harness.apply(CI);
  await clock.advance(5 * HOUR_MS);
  const { pve } = harness;
  let reads = 0;
  const get: Harness['pve']['get'] = async (path, options) => {
    const answer = await pve.get(path, options);
    const isFirst = path === '/nodes/{node}/qemu/{vmid}/pending' && ++reads === 1;
    if (isFirst) await setByHand(harness, 200, { description: 'pvevm:-:vm/ci-01:200 until 2026-08-09T00:00Z' });
    return answer;
  };
  const plan = await createReapPlan({
    ...{ project: { stack: null, mark: 'full' }, pve: { ...pve, get }, user: pve.user, clock: systemClock },
  });
  expect(reads).toBeGreaterThan(1);
  expect(doomed(plan)).toEqual([]);
});

it('with marks in the description only, the marks of all guests are read', async () => {
  await harness.apply(CI, { project: 'kind: project\nmark: description\n' });
  const lab = 'kind: project\nstack: lab\nmark: description\n';
  await harness.apply(CI.replaceAll('ci-01', 'lab-01').replace('200', '202'), { project: lab });
  await clock.advance(5 * HOUR_MS);
  const plan = await createReapPlan({
    ...{ project: { stack: null, mark: 'description' }, pve: harness.pve, user: harness.pve.user, clock: systemClock },
  });
  expect(doomed(plan)).toEqual([['vm/ci-01', 200]]);
  expect(plan.diagnostics).toEqual([]);
});
