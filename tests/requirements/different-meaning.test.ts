import { afterAll, beforeAll, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { type Harness, startHarness } from '../harness.ts';
import { type AsRoot, asRoot } from './as-root.ts';
import { changesOf, destroyByHand, errorsOf } from './guests.ts';
import { DIFFERENT } from './meaning/different.ts';

let harness: Harness;
let root: AsRoot;
beforeAll(async () => {
  harness = await startHarness();
  root = asRoot(harness.sandbox);
});
afterAll(async () => {
  await root.close();
  await harness.close();
});

/** What the config writes and resizes of guests send, without digests. */
function written(): readonly JsonObject[] {
  return harness
    .writes()
    .filter(({ path }) => /\/qemu\/\d+\/(config|resize)$/.test(path))
    .map(({ params }) => {
      const { digest: _, ...rest } = isObject(params) ? (params as JsonObject) : {};
      return rest;
    });
}

/** The sandbox keeps parameters as they came in: as texts. */
function asText(params: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, String(value)]));
}

it('R-8: has at least 40 pairs', () => {
  expect(DIFFERENT.length).toBeGreaterThanOrEqual(40);
});

it.each(DIFFERENT)(
  'R-8 R-13: %s is not %j: one change, and nothing but it is sent',
  async (spec, live, change, sent) => {
    const params = { vmid: 100, name: 'same', description: 'pvevm:-:vm/same:100', tags: 'pvevm', ...live };
    await root.pve.post('/nodes/pve1/qemu', { params });
    await harness.sandbox.settled();
    const yaml = `kind: vm\nname: same\ndefaults: none\n${spec}\n`;
    try {
      const plan = await root.plan(yaml);
      expect(errorsOf(plan)).toEqual([]);
      expect(changesOf(plan)).toEqual([change]);
      harness.writes();
      await root.apply(yaml);
      expect(written()).toEqual([asText(sent)]);
      expect(changesOf(await root.plan(yaml))).toEqual([]);
    } finally {
      await destroyByHand(harness, 100);
    }
  },
);
