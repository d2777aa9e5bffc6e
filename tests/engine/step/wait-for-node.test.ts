import { expect, it } from 'vitest';
import { PvevmError } from '../../../src/core/error.ts';
import type { Step } from '../../../src/core/step.ts';
import type { GuestSession } from '../../../src/engine/step/guest-session.ts';
import { waitForNode } from '../../../src/engine/step/wait-for-node.ts';
import { createFakeClock } from '../../pve/fake-clock.ts';
import { createFakeReader } from '../../pve/fake-reader.ts';

const UPID = 'UPID:pve1:000003E8:00000001:6B013CD5:qmigrate:101:root@pam:';
const STEP: Step = {
  ...{ id: 'vm/web-01#1', resource: 'vm/web-01', title: 'migrate to pve2', effect: 'migrate' },
  await: { for: 'node', node: 'pve2', timeoutMs: 600_000 },
};

/** A guest that is on pve1, and on pve2 from a time on; with the tasks of its migration. */
function world(arrives: number, options: { lockUntil?: number; upid?: string; exitstatus?: string } = {}) {
  const clock = createFakeClock();
  const moved: string[] = [];
  const pve = createFakeReader((request) => {
    if (request.includes('/tasks?')) return options.upid === undefined ? [] : [{ upid: options.upid }];
    if (request.endsWith('/status')) return { status: 'stopped', exitstatus: options.exitstatus };
    if (request.includes('/log')) return [{ n: 1, t: 'ERROR: no way' }];
    const isThere = clock.now() >= arrives;
    if (request.startsWith('/nodes/pve2') !== isThere)
      throw new PvevmError('PVE_NOT_FOUND', "Configuration file 'nodes/x/qemu-server/101.conf' does not exist");
    const lock = clock.now() < (options.lockUntil ?? 0) ? [{ key: 'lock', value: 'migrate' }] : [];
    return [{ key: 'digest', value: 'abc' }, ...lock];
  });
  const session: GuestSession = {
    ...{
      node: 'pve1',
      vmid: 101,
      exists: true,
      made: undefined,
      tasks: new Set<string>(),
      seen: undefined,
      touch: () => undefined,
      moveTo: (node) => void moved.push(node),
    },
    check: async () => ({ digest: '', items: new Map() }),
  };
  const wait = (known?: string): Promise<void> =>
    waitForNode(STEP, { upid: known }, session, pve, clock, () => undefined);
  return { clock, moved, wait };
}

it('R-38: ends where the guest is on its new node, and goes on there', async () => {
  const { moved, wait, clock } = world(25_000);
  await wait();
  expect(moved).toEqual(['pve2']);
  expect(clock.now()).toBe(25_000);
});

it('R-38: gives up where nothing happens for two minutes', async () => {
  const { moved, wait, clock } = world(Number.POSITIVE_INFINITY);
  await expect(wait()).rejects.toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('not on pve2') });
  expect([clock.now(), moved]).toEqual([120_000, []]);
});

it('R-38: a guest that is locked is waited for longer', async () => {
  const { moved, wait } = world(400_000, { lockUntil: 400_000 });
  await wait();
  expect(moved).toEqual(['pve2']);
});

it('R-38: fails with the migration that the HA manager began, and not with one before it', async () => {
  const failed = { upid: UPID, exitstatus: 'migration aborted' };
  await expect(world(Number.POSITIVE_INFINITY, failed).wait()).rejects.toMatchObject({ code: 'TASK_FAILED' });
  const { moved, wait } = world(20_000, failed);
  await wait(UPID);
  expect(moved).toEqual(['pve2']);
});
