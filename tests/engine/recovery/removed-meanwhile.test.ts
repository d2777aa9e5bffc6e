import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApplyEvent } from '../../../src/core/event.ts';
import { applyPlan } from '../../../src/engine/apply.ts';
import { systemClock } from '../../../src/pve/clock.ts';
import type { PveClient } from '../../../src/pve/reader.ts';
import { type Harness, startHarness } from '../../harness.ts';
import { createByHand, destroyByHand, guestIds, setByHand, volumesOf } from '../../requirements/guests.ts';
import { afterWrite, beforeWrite } from '../../requirements/meddling.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({ taskTimeMs: 5 });
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const GONE = 'somebody else has removed guest 101 meanwhile';

/** Plans the removal of a document, lets something happen, and carries it out: the result, and how each step ended. */
async function destroyAfter(
  yaml: string,
  deed: () => Promise<unknown>,
  meddle: (pve: PveClient) => PveClient = (pve) => pve,
) {
  const plan = await harness.removal(yaml, { allow: ['hard-stop'] });
  await deed();
  harness.writes();
  const events: ApplyEvent[] = [];
  const result = await harness.run(plan, (event) => events.push(event), undefined, meddle(harness.pve));
  await harness.sandbox.settled();
  const steps = events.flatMap((event) =>
    event.type === 'step.finished' ? [[event.title.split(';')[0], event.outcome, event.warnings]] : [],
  );
  return { result, steps };
}

const nothing = async (): Promise<void> => undefined;
const destroyed = async (): Promise<void> => destroyByHand(harness, 101);

describe('R-5: what somebody else has removed meanwhile is as it was to be, and that is said', () => {
  it('before the first step of the removal: nothing is sent', async () => {
    await harness.apply(`${WEB}power: running\n`);
    const stopped = async (): Promise<void> => {
      await harness.pve.post('/nodes/pve1/qemu/101/status/stop');
      await harness.sandbox.settled();
      await destroyed();
    };
    const { result, steps } = await destroyAfter(WEB, stopped);
    expect(harness.writes()).toEqual([]);
    expect(steps).toEqual([
      ['shut down', 'ok', [GONE]],
      ['wait until it is stopped', 'ok', [GONE]],
      ['destroy', 'ok', [GONE]],
    ]);
    expect(result).toEqual({ outcome: 'ok', wrote: false, counts: { done: 3, failed: 0, skipped: 0 }, errors: [] });
  });

  it.each([
    ['destroys it', "Configuration file 'nodes/pve1/qemu-server/101.conf' does not exist"],
    ['finds it by its node', "unable to find configuration file for VM 101 on node 'pve1'"],
  ])('when the task that %s has no configuration', async (_name, taskError) => {
    await harness.apply(WEB);
    harness.sandbox.failNext({ method: 'DELETE', path: '/nodes/pve1/qemu/101', taskError });
    const { result, steps } = await destroyAfter(WEB, nothing, (pve) => afterWrite(pve, 1, destroyed));
    expect(steps).toEqual([['destroy', 'ok', [GONE]]]);
    expect(result.outcome).toBe('ok');
  });

  it('between the last look and the request', async () => {
    await harness.apply(WEB);
    const { result, steps } = await destroyAfter(WEB, nothing, (pve) => beforeWrite(pve, 1, destroyed));
    expect(steps).toEqual([['destroy', 'ok', [GONE]]]);
    expect(result.outcome).toBe('ok');
  });

  it('while it is planned anew, since it was changed before that', async () => {
    await harness.apply(WEB);
    const plan = await harness.removal(WEB);
    await setByHand(harness, 101, { onboot: 1 });
    const { pve } = harness;
    const replan = async (): Promise<readonly []> => {
      await destroyed();
      return [];
    };
    const events: ApplyEvent[] = [];
    const onEvent = (event: ApplyEvent): void => void events.push(event);
    const result = await applyPlan({ plan, pve, clock: systemClock, onEvent, replan, allowed: new Set() });
    expect(result).toMatchObject({ outcome: 'ok', wrote: false, counts: { done: 1, failed: 0 } });
    expect(events).toContainEqual(expect.objectContaining({ type: 'step.finished', outcome: 'ok', warnings: [GONE] }));
  });

  it('while it is taken out of HA by both', async () => {
    await harness.apply('kind: vm\nname: web-01\nnode: pve1\n');
    const taken = (): Promise<unknown> => harness.pve.delete('/cluster/ha/resources/vm:101');
    const { result, steps } = await destroyAfter(WEB, nothing, (pve) => beforeWrite(pve, 1, taken));
    expect(steps).toEqual([
      ['take out of HA', 'ok', ['somebody else has taken it out of HA meanwhile']],
      ['destroy', 'ok', []],
    ]);
    expect(result.outcome).toBe('ok');
    expect(await guestIds(harness)).toEqual([]);
  });
});

describe('R-5: what the removal was to destroy and others have left is told', () => {
  it('by its name, with the command that frees it', async () => {
    await harness.apply(WEB);
    const volume = { vmid: 101, filename: 'vm-101-disk-1', size: '32G' };
    const leaving = async (): Promise<void> => {
      await destroyed();
      await harness.pve.post('/nodes/pve1/storage/ceph-pool/content', { params: volume });
    };
    const { steps } = await destroyAfter(WEB, leaving);
    expect(steps).toEqual([
      [
        'destroy',
        'ok',
        [
          GONE,
          'ceph-pool:vm-101-disk-1 is still there. Where no other guest uses it: pvesm free ceph-pool:vm-101-disk-1',
        ],
      ],
    ]);
    expect(await volumesOf(harness)).toEqual(['ceph-pool:vm-101-disk-1']);
  });

  it('or that its storage could not be looked at', async () => {
    await harness.apply(WEB);
    harness.sandbox.failNext({
      ...{ method: 'GET', path: '/nodes/pve1/storage/ceph-pool/content', status: 403, times: 9 },
      message: 'Permission check failed (/storage/ceph-pool, Datastore.Audit|Datastore.AllocateSpace)',
    });
    const plan = await harness.removal(WEB);
    await destroyed();
    const warnings: string[] = [];
    await harness.run(plan, (event) => warnings.push(...(event.type === 'step.finished' ? event.warnings : [])));
    expect(warnings).toEqual([
      GONE,
      expect.stringMatching(
        /^whether ceph-pool:vm-101-disk-0, ceph-pool:vm-101-disk-1 are still there cannot be told: cannot read .*Permission check failed/,
      ),
    ]);
  });
});

describe('P4: what only seems to be gone fails as ever', () => {
  it('another guest of that id on the same node', async () => {
    await harness.apply(WEB);
    const { result } = await destroyAfter(WEB, async () => {
      await destroyed();
      await createByHand(harness, 101, { name: 'other' });
    });
    expect(harness.writes()).toEqual([]);
    expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
    expect(result.errors[0]?.message).toContain('is another guest than the one that was planned for');
  });

  it('another guest of that id on another node', async () => {
    await harness.apply(WEB);
    const { result } = await destroyAfter(WEB, async () => {
      await destroyed();
      await createByHand(harness, 101, { name: 'other' }, 'pve2');
    });
    expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
    expect(await guestIds(harness)).toEqual([101]);
  });

  it('another guest of that id by the time that its task fails', async () => {
    await harness.apply(WEB);
    const text = "Configuration file 'nodes/pve1/qemu-server/101.conf' does not exist";
    harness.sandbox.failNext({ method: 'DELETE', path: '/nodes/pve1/qemu/101', taskError: text });
    const { result } = await destroyAfter(WEB, nothing, (pve) =>
      afterWrite(pve, 1, async () => {
        await harness.sandbox.settled();
        await destroyed();
        await createByHand(harness, 101, { name: 'other' });
      }),
    );
    expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'TASK_FAILED' }] });
    expect(await guestIds(harness)).toEqual([101]);
  });

  it('a guest that was migrated', async () => {
    await harness.apply(WEB);
    const { result } = await destroyAfter(WEB, async () => {
      await harness.pve.post('/nodes/pve1/qemu/101/migrate', { params: { target: 'pve2' } });
      await harness.sandbox.settled();
    });
    expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
    expect(await guestIds(harness)).toEqual([101]);
  });

  it('a guest of which the look itself says nothing', async () => {
    await harness.apply(WEB);
    const { result } = await destroyAfter(WEB, async () => {
      await destroyed();
      harness.sandbox.failNext({
        method: 'GET',
        path: '/cluster/nextid',
        status: 500,
        message: 'cluster not ready',
        times: 9,
      });
    });
    expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  });

  it('a guest that was to be changed, and not removed', async () => {
    await harness.apply(WEB);
    const plan = await harness.plan(`${WEB}memory: { size: 4GiB }\n`);
    await destroyed();
    expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  });

  it.each(['rbd: error opening pool', "storage 'ceph-pool' does not exist"])(
    'a task that failed for something else, though nothing of the guest is there: %s',
    async (taskError) => {
      await harness.apply(WEB);
      harness.sandbox.failNext({ method: 'DELETE', path: '/nodes/pve1/qemu/101', taskError });
      const { result } = await destroyAfter(WEB, nothing, (pve) =>
        afterWrite(pve, 1, async () => {
          await harness.sandbox.settled();
          await destroyed();
        }),
      );
      expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'TASK_FAILED' }] });
    },
  );
});
