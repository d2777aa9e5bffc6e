import { expect, it } from 'vitest';
import { PvevmError } from '../../src/core/error.ts';
import { type TaskResult, waitForTask } from '../../src/pve/task.ts';
import { createTaskWatch } from '../../src/pve/task-watch.ts';
import { createVirtualClock, type VirtualClock } from '../../src/sandbox/index.ts';
import { createFakeReader, type FakeReader } from './fake-reader.ts';

/** A task of the simulated nodes. */
interface Job {
  readonly node: string;
  readonly upid: string;
  /** When it ends, in milliseconds after the beginning. */
  readonly endsMs: number;
  readonly exit: string;
  /** For how long the list goes on to hold it. */
  readonly lingersMs?: number;
  readonly isHidden?: boolean;
}

function jobsOf(count: number, endsMs: (index: number) => number, node = 'pve1'): readonly Job[] {
  return Array.from({ length: count }, (_one, index) => {
    const pid = (0x1000 + index).toString(16).toUpperCase().padStart(8, '0');
    const upid = `UPID:${node}:${pid}:00066EDC:6B009A09:qmstart:${100 + index}:root@pam!test:`;
    return { node, upid, endsMs: endsMs(index), exit: 'OK' };
  });
}

const NO_TASK = new PvevmError('PVE_PARAMETER', 'no', { status: 400, parameters: { upid: 'no such task' } });

/** Nodes with these tasks. An error takes the place of their lists. */
function nodesWith(jobs: readonly Job[], clock: VirtualClock, failure?: PvevmError): FakeReader {
  const begun = clock.now();
  const byUpid = new Map(jobs.map((job) => [job.upid, job]));
  return createFakeReader((request) => {
    const [, node, rest = ''] = /^\/nodes\/([^/]+)\/tasks(.*)$/.exec(decodeURIComponent(request)) ?? [];
    const afterMs = clock.now() - begun;
    if (rest.startsWith('?')) {
      if (failure !== undefined) throw failure;
      const isListed = (job: Job): boolean => job.isHidden !== true && afterMs < job.endsMs + (job.lingersMs ?? 0);
      const listed = jobs.filter((job) => job.node === node && isListed(job));
      return listed.map(({ upid }) => ({ upid, type: 'qmstart', id: '100', status: 'RUNNING' }));
    }
    const [, upid = '', what] = /^\/(UPID:.*:)\/(status|log)/.exec(rest) ?? [];
    const job = byUpid.get(upid);
    if (job === undefined) throw NO_TASK;
    if (what === 'log')
      return [
        { n: 1, t: 'the worker worked' },
        { n: 2, t: `TASK ERROR: ${job.exit}` },
      ];
    return afterMs < job.endsMs ? { status: 'running' } : { status: 'stopped', exitstatus: job.exit };
  });
}

type Ended = TaskResult | PvevmError;

/** Waits for all of them at once, for at most so long. */
async function waitForAll(
  jobs: readonly Job[],
  { failure, timeoutMs = 600_000, forMs = 700_000 }: { failure?: PvevmError; timeoutMs?: number; forMs?: number } = {},
) {
  const clock = createVirtualClock(0);
  const pve = nodesWith(jobs, clock, failure);
  const watch = createTaskWatch(clock);
  const ends: Ended[] = [];
  const all = jobs.map(({ upid }, index) =>
    waitForTask(pve, upid, { clock, timeoutMs, watch }).then(
      (result) => {
        ends[index] = result;
      },
      (error: PvevmError) => {
        ends[index] = error;
      },
    ),
  );
  await clock.advance(forMs);
  await Promise.all(all);
  const count = (what: RegExp): number => pve.asked.filter((request) => what.test(request)).length;
  return { ends, lists: count(/\/tasks\?/), statuses: count(/\/status$/), asked: pve.asked };
}

const durationOf = (end: Ended | undefined): number => (end as TaskResult).durationMs;

it('R-53: forty tasks of a node that are waited for at once cost no more lists than four, and two requests each besides', async () => {
  const few = await waitForAll(jobsOf(4, () => 30_000));
  const many = await waitForAll(jobsOf(40, () => 30_000));
  expect(few.lists).toBeGreaterThan(10);
  expect(many.lists).toBeLessThanOrEqual(few.lists);
  // At its beginning, every ten seconds, and at its end.
  expect(many.statuses).toBeLessThanOrEqual(40 * 5);
  expect(many.ends.map((end) => (end as TaskResult).exitStatus)).toEqual(Array(40).fill('OK'));
});

it('R-53: the requests for tasks grow with their number, and not with its square', async () => {
  const requests = async (count: number): Promise<number> => {
    const { asked } = await waitForAll(jobsOf(count, (index) => 1000 + 50 * (index % 40)));
    return asked.length;
  };
  const [twenty, eighty] = [await requests(20), await requests(80)];
  expect(eighty / twenty).toBeLessThan(4);
});

it('the end of each is seen soon after it, as where it is alone', async () => {
  const jobs = jobsOf(10, (index) => 500 + index * 700);
  const { ends } = await waitForAll(jobs);
  for (const [index, { endsMs }] of jobs.entries()) {
    expect(durationOf(ends[index])).toBeGreaterThanOrEqual(endsMs);
    expect(durationOf(ends[index]) - endsMs).toBeLessThanOrEqual(3000);
  }
});

it('a task that is alone on its node is asked for by itself', async () => {
  const { lists, statuses } = await waitForAll([...jobsOf(1, () => 5000, 'pve1'), ...jobsOf(1, () => 5000, 'pve2')]);
  expect(lists).toBe(0);
  expect(statuses).toBeGreaterThan(5);
});

it('R-24: a list that goes on to hold what has ended delays its end by ten seconds and a look', async () => {
  const jobs = jobsOf(2, () => 1000).map((job) => ({ ...job, lingersMs: 60_000 }));
  const { ends } = await waitForAll(jobs);
  expect(Math.max(...ends.map(durationOf))).toBeLessThan(13_000);
});

it('R-24: at the deadline the task itself is asked, whatever the list says', async () => {
  const jobs = jobsOf(2, () => 1000).map((job) => ({ ...job, lingersMs: 60_000 }));
  const { ends } = await waitForAll(jobs, { timeoutMs: 4000 });
  expect(ends).toMatchObject([{ exitStatus: 'OK' }, { exitStatus: 'OK' }]);
  const late = await waitForAll(
    jobsOf(2, () => 9000),
    { timeoutMs: 4000 },
  );
  expect(late.ends).toMatchObject([{ code: 'TIMEOUT' }, { code: 'TIMEOUT' }]);
});

it('R-24: a list that is answered after the deadline is not the last word', async () => {
  const jobs = jobsOf(2, () => 1000).map((job) => ({ ...job, lingersMs: 60_000 }));
  const clock = createVirtualClock(0);
  const pve = nodesWith(jobs, clock);
  const slow: FakeReader = {
    ...pve,
    get: async (path, options) => {
      const answer = await pve.get(path, options);
      if (path.endsWith('/tasks')) await clock.sleep(9000);
      return answer;
    },
  };
  const watch = createTaskWatch(clock);
  const ends = jobs.map(({ upid }) => waitForTask(slow, upid, { clock, timeoutMs: 4000, watch }));
  await clock.advance(30_000);
  expect(await Promise.all(ends)).toMatchObject([{ exitStatus: 'OK' }, { exitStatus: 'OK' }]);
});

it.each([
  ['refused', new PvevmError('PERMISSION', 'no', { status: 403 })],
  ['of a node that is away for the list alone', new PvevmError('CONNECT', 'no route', { status: 595 })],
  ['an error', new PvevmError('PVE_ERROR', 'broken', { status: 500 })],
])('R-24: where the list is %s, each task is asked for', async (_name, failure) => {
  const { ends } = await waitForAll(
    jobsOf(3, () => 5000),
    { failure },
  );
  expect(ends).toMatchObject(Array(3).fill({ exitStatus: 'OK' }));
  expect(Math.max(...ends.map(durationOf))).toBeLessThan(8000);
});

it('a task that runs and is not listed is asked for, and not taken for ended', async () => {
  const jobs = jobsOf(3, () => 5000).map((job) => ({ ...job, isHidden: true }));
  const { ends } = await waitForAll(jobs);
  expect(Math.min(...ends.map(durationOf))).toBeGreaterThanOrEqual(5000);
});

it('R-29: the exit status and the end of the log of one that fails in company are shown', async () => {
  const [first, second] = jobsOf(2, () => 3000) as [Job, Job];
  const { ends } = await waitForAll([first, { ...second, exit: 'start failed: no memory' }]);
  expect(ends[0]).toMatchObject({ exitStatus: 'OK' });
  expect(ends[1]).toMatchObject({
    code: 'TASK_FAILED',
    message: 'task qmstart of 101 on pve1 failed: start failed: no memory',
    details: ['the worker worked', 'TASK ERROR: start failed: no memory'],
  });
});

it('a task that nobody knows fails in company too, after some time', async () => {
  const [known, unknown] = jobsOf(2, () => 30_000) as [Job, Job];
  const clock = createVirtualClock(0);
  const pve = nodesWith([known], clock);
  const watch = createTaskWatch(clock);
  const other = waitForTask(pve, known.upid, { clock, timeoutMs: 60_000, watch });
  const lost = expect(waitForTask(pve, unknown.upid, { clock, timeoutMs: 60_000, watch })).rejects.toBe(NO_TASK);
  await clock.advance(20_000);
  await lost;
  await clock.advance(40_000);
  expect(await other).toMatchObject({ exitStatus: 'OK' });
});
