import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, guestIds, setByHand } from './guests.ts';
import { applyTold, beforeWrite, endsOf, type ToldRun } from './meddling.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nos: { media: null }\n';
const HA = '/cluster/ha/resources';

function anewOf({ events }: ToldRun): readonly string[] {
  return events.flatMap((event) => (event.type === 'resource.replanned' ? event.plan.steps : [])).map((s) => s.title);
}

/** How often the server was asked to register the guest, and to take the word out of its mark. */
function asked(): { readonly registered: number; readonly finished: number } {
  const writes = harness.writes();
  return {
    registered: writes.filter(({ method, path }) => method === 'POST' && path.endsWith(HA)).length,
    finished: writes.filter(({ params }) => /"description":"pvevm:[^"]*:101"/.test(JSON.stringify(params))).length,
  };
}

it('R-22: what another run of the same documents has registered meanwhile is not registered again, and finished once', async () => {
  // Just before the second write: after the create.
  const pve = beforeWrite(harness.pve, 2, async () => {
    await setByHand(harness, 101, { serial0: 'socket', vga: 'serial0' });
    await harness.pve.post(HA, { params: { sid: 'vm:101', state: 'stopped' } });
  });
  const run = await applyTold(harness, WEB, pve);
  expect(run.result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(anewOf(run)).toEqual(['mark as finished']);
  expect(asked()).toEqual({ registered: 1, finished: 1 });
  expect((await harness.plan(WEB)).resources[0]?.steps).toEqual([]);
});

it('R-22: where the other run has finished it too, nothing is left to do', async () => {
  const pve = beforeWrite(harness.pve, 2, () => harness.apply(WEB));
  const run = await applyTold(harness, WEB, pve);
  expect(run.result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(anewOf(run)).toEqual([]);
  expect(asked()).toEqual({ registered: 1, finished: 1 });
  expect(await guestIds(harness)).toEqual([101]);
});

it('R-19: a registration that somebody else was faster with plans the guest anew', async () => {
  // Just before the third write: after the create, and the console.
  const pve = beforeWrite(harness.pve, 3, () =>
    harness.pve.post(HA, { params: { sid: 'vm:101', state: 'stopped', comment: 'by hand' } }),
  );
  const run = await applyTold(harness, WEB, pve);
  expect(run.result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(endsOf(run)).toEqual([
    ...['create: ok', 'set serial console: ok', 'register HA (stopped): replanned', 'mark as finished: replanned'],
    'mark as finished: ok',
  ]);
  expect(await configOf(harness, 101)).toMatchObject({ description: 'pvevm:-:vm/web-01:101' });
  expect(await guestIds(harness)).toEqual([101]);
  expect((await harness.plan(WEB)).resources[0]?.steps).toEqual([]);
});

it('R-19: where it cannot be planned anew, such a registration ends as a plan that is out of date, with what to do', async () => {
  const pve = beforeWrite(harness.pve, 3, () => harness.pve.post(HA, { params: { sid: 'vm:101', state: 'stopped' } }));
  const { result } = await applyTold(harness, WEB, pve, { replan: undefined });
  expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  expect(result.errors[0]?.message).toContain("resource ID 'vm:101' already defined");
  expect(result.errors[0]?.hints.join()).toContain('un the command again');
});

it('R-19: what is to change in HA, and somebody has taken out of it meanwhile, is planned anew', async () => {
  await harness.apply(`${WEB}ha: { state: stopped }\n`);
  const gone = () => harness.pve.delete(`${HA}/vm:101`);
  const changed = await applyTold(
    harness,
    `${WEB}ha: { state: stopped, comment: x }\n`,
    beforeWrite(harness.pve, 1, gone),
  );
  expect(changed.result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(anewOf(changed)).toEqual(['register HA (stopped)']);
});

it('R-19: a guest that somebody has put into a pool meanwhile, or taken out of it, is planned anew', async () => {
  const plain = `${WEB}ha: false\n`;
  for (const poolid of ['prod', 'test']) await harness.pve.post('/pools', { params: { poolid } });
  await harness.apply(plain);
  const join = (poolid: string, more = {}) => harness.pve.put('/pools', { params: { poolid, vms: '101', ...more } });
  const same = await applyTold(
    harness,
    `${plain}pool: prod\n`,
    beforeWrite(harness.pve, 1, () => join('prod')),
  );
  expect(same.result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(anewOf(same)).toEqual([]);
  const left = await applyTold(
    harness,
    `${plain}pool: null\n`,
    beforeWrite(harness.pve, 1, () => join('prod', { delete: 1 })),
  );
  expect(left.result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(anewOf(left)).toEqual([]);
  const other = await applyTold(
    harness,
    `${plain}pool: prod\n`,
    beforeWrite(harness.pve, 1, () => join('test')),
  );
  expect(other.result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(anewOf(other)).toEqual(['move to pool prod']);
});

it('R-19: a second conflict is none where the guest is as wanted by then', async () => {
  const plain = `${WEB}ha: false\n`;
  await harness.apply(plain);
  harness.writes();
  const first = beforeWrite(harness.pve, 1, () => setByHand(harness, 101, { startup: 'order=1' }));
  const pve = beforeWrite(first, 2, () => setByHand(harness, 101, { memory: '4096' }));
  const run = await applyTold(harness, `${plain}memory: { size: 4GiB }\n`, pve);
  expect(run.result).toMatchObject({ outcome: 'ok', errors: [], counts: { done: 0, failed: 0, skipped: 0 } });
  expect(endsOf(run)).toEqual(['change memory: replanned', 'change memory: replanned']);
  expect(run.events.at(-2)).toMatchObject({ type: 'resource.finished', outcome: 'ok' });
  const ids = run.events.flatMap((event) => (event.type === 'step.started' ? [event.step] : []));
  expect(ids).toEqual(['vm/web-01#1', 'vm/web-01#2']);
});

it('R-19: a guest that somebody else has made a template meanwhile is planned anew', async () => {
  // Just before the third write: after the create, and the console.
  const pve = beforeWrite(harness.pve, 3, async () => {
    await harness.pve.post('/nodes/pve1/qemu/101/template');
    await harness.sandbox.settled();
  });
  const yaml = `${WEB}template: true\n`;
  const run = await applyTold(harness, yaml, pve);
  expect(run.result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(anewOf(run)).toEqual(['mark as finished']);
  expect((await harness.plan(yaml)).resources[0]?.steps).toEqual([]);
});
