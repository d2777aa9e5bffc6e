import { afterEach, beforeEach, expect, it } from 'vitest';
import { applyPlan } from '../../../src/engine/apply.ts';
import { systemClock } from '../../../src/pve/clock.ts';
import { type Harness, startHarness } from '../../harness.ts';
import { guestIds } from '../../requirements/guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({ taskTimeMs: 100 });
});
afterEach(() => harness.close());

const COUNT = 4;
const YAML = `kind: vm\nname: ci\ninstances: ${COUNT}\nha: false\nnode: pve1\nnetwork: {}\n`;

it.each([
  ['a look at the cluster once', 'GET /nodes status=500 count=1'],
  ['the guests of a node once', 'GET /nodes/pve2/qemu status=596 count=1'],
  ['the guests of a node for as long as a read is tried', 'GET /nodes/pve2/qemu status=596 count=3'],
  ['each list of tasks', 'GET /nodes/pve1/tasks status=500 count=1000'],
  ['the status of tasks now and then', 'GET /nodes/pve1/tasks/*/status status=595 count=5'],
])('R-24: creates side by side survive that what they share fails: %s', async (_name, fault) => {
  const plan = await harness.plan(YAML);
  harness.sandbox.failNext(fault);
  const clock = { ...systemClock, sleep: (milliseconds: number) => systemClock.sleep(Math.min(milliseconds, 50)) };
  const result = await applyPlan({
    ...{ plan, pve: harness.pve, clock, parallelism: COUNT, limits: { node: COUNT, storage: COUNT } },
    onEvent: () => undefined,
  });
  expect(result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(harness.sandbox.requests.some(({ status }) => status >= 500)).toBe(true);
  expect(await guestIds(harness)).toHaveLength(COUNT);
  expect((await harness.plan(YAML)).resources.flatMap(({ steps }) => steps)).toEqual([]);
});
