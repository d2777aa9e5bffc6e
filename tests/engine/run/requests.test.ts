import { afterEach, beforeEach, expect, it } from 'vitest';
import { applyPlan } from '../../../src/engine/apply.ts';
import { systemClock } from '../../../src/pve/clock.ts';
import { type Harness, startHarness } from '../../harness.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({ taskTimeMs: 100 });
});
afterEach(() => harness.close());

const COUNT = 24;
const NODES = 3;

it('R-53: creates that run side by side share their looks at the cluster, and the polling of their tasks', async () => {
  const yaml = `kind: vm\nname: ci\ninstances: ${COUNT}\nha: false\nnode: pve1\nnetwork: {}\n`;
  const plan = await harness.plan(yaml);
  const before = harness.sandbox.requests.length;
  const result = await applyPlan({
    ...{ plan, pve: harness.pve, clock: systemClock, parallelism: 8, limits: { node: 8, storage: 8 } },
    onEvent: () => undefined,
  });
  expect(result).toMatchObject({ outcome: 'ok', errors: [] });
  const asked = harness.sandbox.requests.slice(before).filter(({ method }) => method === 'GET');
  const count = (path: RegExp): number => asked.filter((request) => path.test(request.path)).length;
  expect(harness.sandbox.requests.slice(before).filter(({ method }) => method === 'POST').length).toBe(COUNT);
  // A look before each and one after it would be twice as many as there are guests.
  expect(count(/\/nodes$/)).toBeLessThanOrEqual(COUNT);
  expect(count(/\/nodes\/[^/]+\/qemu$/)).toBeLessThanOrEqual(NODES * COUNT);
  expect(count(/\/tasks$/)).toBeLessThanOrEqual(COUNT);
  expect(count(/\/tasks\/[^/]+\/log$/)).toBe(0);
});
