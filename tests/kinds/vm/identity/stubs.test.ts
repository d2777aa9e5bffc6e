import { expect, it } from 'vitest';
import type { PlanContext } from '../../../../src/kinds/kind.ts';
import { settledStubs } from '../../../../src/kinds/vm/identity/stubs.ts';
import { createClusterView } from '../../../../src/pve/cluster.ts';
import { createFakeClock } from '../../../pve/fake-clock.ts';

/** What is there at a moment: the guests with their locks, and those that a task creates. */
interface Moment {
  readonly locks: Readonly<Record<number, string | undefined>>;
  readonly creates: readonly number[];
}

const upid = (vmid: number): string => `UPID:pve1:0000${vmid}A:00000001:6B49D200:qmcreate:${vmid}:ci@pve!t:`;

/** What is found where each look at the guests, or at the tasks of their node, finds the next moment. */
async function stubsOver(moments: readonly Moment[]): Promise<readonly number[]> {
  let looks = 0;
  const next = (): Moment => {
    const moment = moments[Math.min(looks, moments.length - 1)] as Moment;
    looks += 1;
    return moment;
  };
  const cluster = createClusterView({
    get: async (path) => {
      if (path === '/cluster/resources')
        return Object.entries(next().locks).map(([vmid, lock]) => ({
          ...{ type: 'qemu', id: `qemu/${vmid}`, vmid: Number(vmid), node: 'pve1', status: 'stopped' },
          ...(lock === undefined ? {} : { lock }),
        }));
      if (path === '/nodes/{node}/tasks')
        return next().creates.map((vmid) => ({ upid: upid(vmid), type: 'qmcreate', id: String(vmid), node: 'pve1' }));
      if (path === '/access/permissions') return { '/': { 'Sys.Audit': 1, 'VM.Audit': 1 } };
      return [];
    },
  });
  const given = { project: { stack: null, mark: 'full' }, user: 'ci@pve!t', resources: [], clock: createFakeClock() };
  const context = { ...given, cluster } as unknown as PlanContext;
  return (await settledStubs(context)).map(({ vmid }) => vmid);
}

it('5.6: a lock that no task holds is left over where a second look finds it so', async () => {
  expect(await stubsOver([{ locks: { 101: 'create' }, creates: [] }])).toEqual([101]);
});

it('5.6: each lock without a task is looked at twice, whatever was waited for before', async () => {
  const stubs = await stubsOver([
    { locks: { 101: 'create' }, creates: [101] },
    { locks: { 101: 'create' }, creates: [101] },
    { locks: { 101: undefined, 102: 'create' }, creates: [101, 102] },
    // It is made, and its task has ended, between two requests.
    { locks: { 101: undefined, 102: undefined }, creates: [] },
  ]);
  expect(stubs).toEqual([]);
});

it('5.6: a create that begins after one look, and ends during the next, has left nothing over', async () => {
  const stubs = await stubsOver([
    // The lock is there before its task.
    { locks: { 102: 'create' }, creates: [] },
    { locks: { 102: 'create' }, creates: [] },
    { locks: { 102: 'create' }, creates: [102] },
    { locks: { 102: undefined }, creates: [] },
  ]);
  expect(stubs).toEqual([]);
});
