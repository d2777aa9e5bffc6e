import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PveReader } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { createByHand } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\nos: { media: null }\n';

/** A reader under which somebody does something just before the volumes of a storage are listed. */
function beforeListing(deed: () => Promise<void>): PveReader {
  let isDone = false;
  return {
    ...harness.pve,
    get: async (path, options) => {
      const isListing = path.endsWith('/content');
      if (isListing && !isDone) {
        isDone = true;
        await deed();
      }
      return await harness.pve.get(path, options);
    },
  };
}

it('R-29: volumes of a guest that is made while the plan is, are not told of as left over, nor how to free them', async () => {
  const pve = beforeListing(() => createByHand(harness, 101, { name: 'other', scsi0: 'ceph-pool:1' }));
  const { diagnostics, resources } = await harness.plan(WEB, { pve });
  expect(resources).toMatchObject([{ action: 'create', vmid: 101 }]);
  expect(diagnostics).toEqual([]);
});
