import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ApplyEvent } from '../../../src/core/event.ts';
import type { VirtualClock } from '../../../src/sandbox/index.ts';
import { type Harness, startHarness } from '../../harness.ts';
import { destroyByHand } from '../../requirements/guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({ taskTimeMs: 20 });
});
afterEach(() => harness.close());

const YAML = 'kind: vm\nname: once\nha: false\n';

async function makeByHand(vmid: number): Promise<void> {
  await harness.pve.post('/nodes/pve1/qemu', { params: { vmid, name: 'mine' } });
  await harness.sandbox.settled();
}

async function idsOfOnce(): Promise<readonly number[]> {
  await harness.sandbox.settled();
  return [101, 102, 103].filter((vmid) => harness.sandbox.guestConfig(vmid)?.includes('name: once'));
}

it('R-6: what another run has made of the same document under another id is not made again', async () => {
  const early = await harness.plan(YAML);
  await makeByHand(101);
  expect(await harness.run(await harness.plan(YAML))).toMatchObject({ outcome: 'ok' });
  const result = await harness.run(early);
  expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(result.errors[0]?.message).toContain('guest 102 was made from it meanwhile');
  expect(await idsOfOnce()).toEqual([102]);
});

it('R-6: two runs of one plan at a time make one guest, though the first is still at it when the second comes', async () => {
  const plan = await harness.plan(YAML);
  const results = [harness.run(plan), harness.run(plan)];
  const outcomes = [(await results[0])?.outcome, (await results[1])?.outcome];
  expect(outcomes.sort()).toEqual(['failed', 'ok']);
  expect(await idsOfOnce()).toEqual([101]);
});

it('R-6: nor do two whose plans chose different nodes', async () => {
  const plans = [await harness.plan(`${YAML}node: pve1\n`), await harness.plan(`${YAML}node: pve3\n`)];
  const outcomes = await Promise.all(plans.map(async (plan) => (await harness.run(plan)).outcome));
  expect(outcomes.sort()).toEqual(['failed', 'ok']);
  expect(await idsOfOnce()).toEqual([101]);
});

it('R-6: what another run is still making is waited for, however long that takes, before another id is tried', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const clock: VirtualClock = { now: Date.now, sleep: async () => held, advance: async () => undefined };
  const own = await startHarness({ clock });
  try {
    const plan = await own.plan(YAML);
    const first = own.run(plan);
    // Its create is answered, and its task goes on until it is let go.
    while (own.sandbox.guestConfig(101) === undefined) await new Promise((resolve) => setImmediate(resolve));
    const { post } = own.pve;
    let isSecond = false;
    const pve: typeof own.pve = {
      ...own.pve,
      post: async (path, options) => {
        isSecond ||= options?.params?.['vmid'] !== 101;
        if (isSecond) release();
        return await post(path, options);
      },
    };
    const onEvent = (event: ApplyEvent): void => {
      if (event.type === 'step.progress') release();
    };
    const second = await own.run(plan, onEvent, undefined, pve);
    expect(isSecond).toBe(false);
    expect(second).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
    expect(await first).toMatchObject({ outcome: 'ok' });
  } finally {
    release();
    await own.sandbox.settled();
    await own.close();
  }
});

it('R-6: of two runs that make one guest each at the same moment, one says so and goes no further', async () => {
  const early = await harness.plan(YAML);
  await makeByHand(101);
  const late = await harness.plan(YAML);
  await destroyByHand(harness, 101);
  const results = [harness.run(early), harness.run(late)];
  const errors = [...((await results[0])?.errors ?? []), ...((await results[1])?.errors ?? [])];
  expect(await idsOfOnce()).toEqual([101, 102]);
  expect(errors[0]).toMatchObject({ code: 'STALE' });
  expect(errors[0]?.message).toMatch(/guest 10[12], which this run has made, and guest 10[12], which another run has/);
  expect(errors[0]?.hints[0]).toContain('Look at both');
});
