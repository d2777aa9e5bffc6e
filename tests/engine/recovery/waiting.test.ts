import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import type { PvevmError } from '../../../src/core/error.ts';
import type { ApplyEvent } from '../../../src/core/event.ts';
import { applyPlan } from '../../../src/engine/apply.ts';
import { createPatience } from '../../../src/engine/recovery/patience.ts';
import { waitForLock } from '../../../src/engine/recovery/wait-for-lock.ts';
import { systemClock } from '../../../src/pve/clock.ts';
import type { PveClient, PveReader } from '../../../src/pve/reader.ts';
import { type Harness, startHarness } from '../../harness.ts';
import { createFakeClock } from '../../pve/fake-clock.ts';
import { guestIds } from '../../requirements/guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({ taskTimeMs: 5 });
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const MORE = `${WEB}memory: { size: 4GiB }\n`;
const CONFIG = '/nodes/pve1/qemu/101/config';
const PENDING = '/nodes/pve1/qemu/101/pending';

const waitsIn = (events: readonly ApplyEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'step.progress' ? (event.waitingFor ?? []) : []));

/** Runs a plan and collects what it says. */
async function runAndListen(yaml: string, before: () => void, signal?: AbortSignal) {
  await harness.apply(WEB);
  const plan = await harness.plan(yaml);
  harness.writes();
  before();
  const events: ApplyEvent[] = [];
  const result = await harness.run(plan, (event) => events.push(event), signal);
  return { result, events, waits: waitsIn(events) };
}

describe('R-26: a lock', () => {
  it('is waited for with its name in the events, and the write goes out once it is gone', async () => {
    const { result, waits } = await runAndListen(MORE, () =>
      harness.sandbox.failNext({ method: 'GET', path: PENDING, lock: 'backup', lockMs: 50 }),
    );
    expect(result.outcome).toBe('ok');
    expect(waits[0]).toBe('lock backup of guest 101');
    expect(harness.writes()).toHaveLength(1);
  });

  it('that comes between the look and the write is waited for too', async () => {
    const { result, waits } = await runAndListen(MORE, () =>
      harness.sandbox.failNext({ method: 'PUT', path: CONFIG, lock: 'backup', lockMs: 30 }),
    );
    expect(result.outcome).toBe('ok');
    // The lock changes the digest, and may be gone by the second look.
    expect(waits[0]).toMatch(/^(?:guest 101, whose configuration is in use|lock backup)/);
  });

  it('that stays is an error after its deadline, and nothing is written', async () => {
    const { result } = await runAndListen(MORE, () =>
      harness.sandbox.failNext({ method: 'GET', path: PENDING, lock: 'backup', lockMs: 600_000 }),
    );
    expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'LOCKED' }] });
    expect(result.errors[0]?.details[0]).toMatch(/^Waited 1 min .* for the lock\.$/);
    expect(result.errors[0]?.hints.at(-1)).toContain('qm unlock 101');
    expect(harness.writes()).toEqual([]);
  });

  it('names the task that holds it, its user and since when', async () => {
    const upid = 'UPID:pve1:00000001:00000001:6B009AB1:vzdump::backup@pve:';
    const answers: Readonly<Record<string, unknown>> = {
      '/nodes/{node}/qemu/{vmid}/pending': [
        { key: 'digest', value: 'd' },
        { key: 'lock', value: 'backup' },
      ],
      '/nodes/{node}/tasks': [
        { upid, type: 'vzdump', id: '', user: 'backup@pve', starttime: 0x6b009ab1, node: 'pve1' },
      ],
    };
    const reader: PveReader = { get: async (path) => answers[path] };
    const patience = createPatience({
      ...{ clock: createFakeClock(), limitMs: 60_000, random: () => 0.5, onWaiting: () => undefined },
    });
    const wait = waitForLock({ node: 'pve1', vmid: 101 }, undefined, 'cannot change vm/web-01', reader, patience);
    await expect(wait).rejects.toMatchObject({
      code: 'LOCKED',
      message: 'cannot change vm/web-01: guest 101 is locked (backup)',
      details: [expect.stringContaining('Waited'), expect.stringContaining(`vzdump of backup@pve runs since 2026-`)],
    });
    expect(patience.waitedMs).toBeGreaterThanOrEqual(60_000);
  });
});

it('R-26: the task of a migration is found on the node that the guest has left, and nobody is told to unlock it', async () => {
  const upid = 'UPID:pve2:00000001:00000001:6B009AB1:qmigrate:101:root@pam:';
  const answers: Readonly<Record<string, unknown>> = {
    '/nodes/{node}/qemu/{vmid}/pending': [
      { key: 'digest', value: 'd' },
      { key: 'lock', value: 'migrate' },
    ],
    '/nodes/{node}/tasks': [],
    '/cluster/tasks': [{ upid, type: 'qmigrate', id: '101', user: 'root@pam', starttime: 0x6b009ab1, node: 'pve2' }],
  };
  const reader: PveReader = { get: async (path) => answers[path] };
  const patience = createPatience({
    ...{ clock: createFakeClock(), limitMs: 60_000, random: () => 0.5, onWaiting: () => undefined },
  });
  const failure = await waitForLock({ node: 'pve1', vmid: 101 }, undefined, 'cannot change', reader, patience).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: 'LOCKED', details: [expect.anything(), expect.stringContaining(upid)] });
  expect((failure as PvevmError).hints.join()).not.toContain('qm unlock');
});

it('R-28: an interrupt ends the wait for a lock, and nothing is written', async () => {
  const stop = new AbortController();
  await harness.apply(WEB);
  const plan = await harness.plan(MORE);
  harness.writes();
  harness.sandbox.failNext({ method: 'GET', path: PENDING, lock: 'backup', lockMs: 600_000 });
  const onEvent = (event: ApplyEvent): void => {
    if (event.type === 'step.progress') stop.abort();
  };
  const result = await harness.run(plan, onEvent, stop.signal);
  expect(result).toMatchObject({ outcome: 'cancelled', wrote: false });
  expect(harness.writes()).toEqual([]);
});

describe('R-27: a busy storage', () => {
  const BUSY = "cfs-lock 'storage-ceph-pool' error: got lock request timeout";

  it('is waited for with its name, after a task that left nothing behind', async () => {
    harness.sandbox.failNext({ method: 'POST', path: '/nodes/pve1/qemu', times: 3, taskError: BUSY });
    const events: ApplyEvent[] = [];
    const result = await harness.run(await harness.plan(WEB), (event) => events.push(event));
    expect(result.errors).toEqual([]);
    expect(waitsIn(events)).toEqual(Array.from({ length: 3 }, () => 'storage ceph-pool: busy'));
    expect(await guestIds(harness)).toEqual([101]);
  });

  it('that stays so is an error that says how long it was waited for', async () => {
    const message = "cfs-lock 'file-storage_cfg' error: got lock request timeout";
    const { result } = await runAndListen(MORE, () =>
      harness.sandbox.failNext({ method: 'PUT', path: CONFIG, times: 999, status: 500, message }),
    );
    expect(result.errors[0]).toMatchObject({ code: 'BUSY' });
    expect(result.errors[0]?.details.join()).toMatch(/Waited 1 min .* for the lock file-storage_cfg/);
  });

  it('that takes one clone at a time gets twenty of them done, each by one guest', async () => {
    await harness.apply('kind: vm\nname: tpl\nvmid: 900\nnode: pve1\nha: false\ntemplate: true\n');
    const names = Array.from({ length: 20 }, (_one, index) => `ci-${index + 1}`);
    const yaml = names
      .map((name) => `kind: vm\nname: ${name}\nnode: pve1\nha: false\nclone: { from: 900, mode: full }\n`)
      .join('---\n');
    const plan = await harness.plan(yaml);
    const { pve, sandbox } = harness;
    const running = new Set<string>();
    let refused = 0;
    // A second clone finds the lock of the storage held, and gives up after its time.
    const oneAtATime: PveClient = {
      ...pve,
      post: async (path, options) => {
        if (!path.endsWith('/clone')) return await pve.post(path, options);
        const isBusy = running.size > 0;
        const key = String(options?.params?.['newid']);
        running.add(key);
        if (isBusy) {
          refused += 1;
          sandbox.failNext({ method: 'POST', path, taskError: `clone failed: ${BUSY}` });
        }
        const answer = await pve.post(path, options);
        if (isBusy) running.delete(key);
        else setTimeout(() => running.delete(key), 15);
        return answer;
      },
    };
    let seed = 1;
    const random = (): number => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const clock: Clock = {
      ...systemClock,
      sleep: (milliseconds) => systemClock.sleep(Math.min(milliseconds / 100, 60)),
    };
    const result = await applyPlan({
      ...{ plan, pve: oneAtATime, clock, random, parallelism: 20, onEvent: () => undefined },
    });
    expect(result.errors).toEqual([]);
    expect(result.outcome).toBe('ok');
    expect(refused).toBeGreaterThan(0);
    expect(await guestIds(harness)).toHaveLength(21);
  });
});

it('R-22: a server that cannot be reached for a while is waited for, and the write is sent once it can', async () => {
  const { result, waits } = await runAndListen(MORE, () =>
    harness.sandbox.failNext({ method: 'PUT', path: CONFIG, status: 595, times: 4 }),
  );
  expect(result.outcome).toBe('ok');
  expect(waits).toEqual(Array.from({ length: 4 }, () => 'a connection to the server'));
});

it('R-25: a server that stays away is an error of the connection, after two minutes', async () => {
  const { result } = await runAndListen(MORE, () =>
    harness.sandbox.failNext({ method: 'PUT', path: CONFIG, status: 595, times: 9999 }),
  );
  expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'CONNECT' }] });
  expect(result.errors[0]?.details.join()).toMatch(/Waited [12] min .* for a connection/);
});

it('R-27: pauses grow, differ by chance, and end with the patience', async () => {
  const pausesOf = async (chance: number): Promise<readonly number[]> => {
    const clock = createFakeClock();
    const patience = createPatience({ clock, limitMs: 30_000, random: () => chance, onWaiting: () => undefined });
    for (let left = true; left; left = await patience.pause('a lock'));
    return clock.sleeps;
  };
  expect((await pausesOf(0.5)).slice(0, 4)).toEqual([500, 800, 1280, 2048]);
  expect((await pausesOf(0)).slice(0, 2)).toEqual([250, 400]);
  expect((await pausesOf(0.5)).reduce((sum, one) => sum + one, 0)).toBeLessThan(45_000);
});
