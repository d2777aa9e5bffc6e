import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

it('creates the smallest guest in discrete steps, and plans nothing afterwards', async () => {
  const plan = await harness.plan('kind: vm\nname: web-01\n');
  expect(plan.diagnostics).toEqual([]);
  const result = await harness.run(plan);
  expect(result).toMatchObject({ outcome: 'ok' });
  await harness.sandbox.settled();
  const again = await harness.plan('kind: vm\nname: web-01\n');
  expect(again.resources[0]?.changes).toEqual([]);
});
