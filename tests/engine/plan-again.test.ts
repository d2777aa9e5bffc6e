import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PvevmError } from '../../src/core/error.ts';
import { planAgain } from '../../src/engine/plan-again.ts';
import type { PveReader } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { destroyByHand } from '../requirements/guests.ts';

const gone = new PvevmError(
  'PVE_NOT_FOUND',
  "cannot read /nodes/pve1/qemu/101/pending: Configuration file 'nodes/pve1/qemu-server/101.conf' does not exist",
);

/** Fails so many times before it succeeds; how often it was called, and what it came to. */
async function failing(times: number, error: PvevmError): Promise<readonly [number, unknown]> {
  let calls = 0;
  const came = await planAgain(async () => {
    calls += 1;
    if (calls <= times) throw error;
    return 'planned';
  }).catch((thrown: unknown) => thrown);
  return [calls, came];
}

describe('R-38: a guest that goes away while a plan is read', () => {
  it('makes the plan anew, and only so often', async () => {
    expect(await failing(0, gone)).toEqual([1, 'planned']);
    expect(await failing(3, gone)).toEqual([4, 'planned']);
    expect(await failing(99, gone)).toEqual([5, gone]);
  });

  it('anything else that does not exist is no reason', async () => {
    const storage = new PvevmError('PVE_NOT_FOUND', "cannot read /x: storage 'x' does not exist");
    expect(await failing(1, storage)).toEqual([1, storage]);
    const refused = new PvevmError('PERMISSION', gone.message);
    expect(await failing(1, refused)).toEqual([1, refused]);
  });
});

describe('R-38: a plan', () => {
  const web = (index: number): string => `kind: vm\nname: web-0${index}\nvmid: 10${index}\nnode: pve1\nha: false\n`;
  const both = `${web(1)}---\n${web(2)}`;
  let harness: Harness;
  let isRead: boolean;
  let pve: PveReader;
  beforeEach(async () => {
    harness = await startHarness();
    await harness.apply(both);
    isRead = false;
    pve = {
      ...harness.pve,
      get: async (path, options) => {
        if (!isRead && path.endsWith('/pending') && JSON.stringify(options).includes('101')) {
          isRead = true;
          await destroyByHand(harness, 101);
        }
        return await harness.pve.get(path, options);
      },
    };
  });
  afterEach(() => harness.close());

  it.each([
    ['of a removal does without', () => harness.removal(both, { pve }), [['vm/web-02', 'delete']]],
    [
      'makes anew',
      () => harness.plan(both, { pve }),
      [
        ['vm/web-01', 'create'],
        ['vm/web-02', 'none'],
      ],
    ],
  ] as const)('%s what somebody else has removed while it was made', async (_what, make, expected) => {
    const { resources, diagnostics } = await make();
    expect(isRead).toBe(true);
    expect(diagnostics).toEqual([]);
    expect(resources.map(({ address, action }) => [address, action])).toEqual(expected);
  });
});
