import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { type AsRoot, asRoot } from './as-root.ts';
import { changesOf, destroyByHand, errorsOf, titlesOf } from './guests.ts';
import { SAME_DEVICES } from './meaning/same-devices.ts';
import { SAME_PLAIN } from './meaning/same-plain.ts';
import { SAME_STRINGS } from './meaning/same-strings.ts';
import { SAME_VOLUMES } from './meaning/same-volumes.ts';

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

const SAME = [...SAME_PLAIN, ...SAME_STRINGS, ...SAME_DEVICES, ...SAME_VOLUMES];

it('R-8: has at least 150 pairs, each once', () => {
  expect(new Set(SAME.map(([spec, live]) => JSON.stringify([spec, live]))).size).toBe(SAME.length);
  expect(SAME.length).toBeGreaterThanOrEqual(150);
});

// Put there and read through the API, by root@pam itself: no other user may set all keys.
it.each(SAME)('R-8 R-55: %s means the same as %j, and is no change (%s)', async (spec, live) => {
  const params = { vmid: 100, name: 'same', description: 'pvevm:-:vm/same:100', tags: 'pvevm', ...live };
  await root.pve.post('/nodes/pve1/qemu', { params });
  await harness.sandbox.settled();
  try {
    const plan = await root.plan(`kind: vm\nname: same\ndefaults: none\n${spec === '{}' ? '' : spec}\n`);
    expect(errorsOf(plan)).toEqual([]);
    expect(plan.resources[0]).toMatchObject({ action: 'none', vmid: 100 });
    expect(changesOf(plan)).toEqual([]);
    expect(titlesOf(plan)).toEqual([]);
  } finally {
    await destroyByHand(harness, 100);
  }
});
