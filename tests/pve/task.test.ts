import { describe, expect, it } from 'vitest';
import { PvevmError } from '../../src/core/error.ts';
import type { PveReader } from '../../src/pve/reader.ts';
import { type TaskResult, type TaskWaitOptions, waitForTask } from '../../src/pve/task.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createFakeReader, type FakeReader } from './fake-reader.ts';

const UPID = 'UPID:pve1:0000028D:00066EDC:6B009A09:qmcreate:103:root@pam!test:';
const RUNNING = { status: 'running' };

function stopped(exitstatus: string): unknown {
  return { status: 'stopped', exitstatus };
}

function failing(status: number): PvevmError {
  return new PvevmError(status === 595 ? 'CONNECT' : 'PVE_ERROR', `status ${status}`, { status });
}

const UNKNOWN = new PvevmError('PVE_PARAMETER', 'no', { status: 400, parameters: { upid: 'no such task' } });
const RESET = new PvevmError('CONNECT', 'reset', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) });

/** A task that answers the given things in turn, the last one for ever. */
function task(answers: readonly unknown[], log: readonly string[] = []): FakeReader {
  let next = 0;
  return createFakeReader((request) => {
    if (request.includes('/log?')) {
      const start = Number(/start=(\d+)/.exec(request)?.[1]);
      const limit = Number(/limit=(\d+)/.exec(request)?.[1]);
      const rows = log.map((t, index) => ({ n: index + 1, t }));
      return rows.slice(start, limit === 0 ? undefined : start + limit);
    }
    const answer = answers[Math.min(next, answers.length - 1)];
    next += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  });
}

function wait(
  pve: FakeReader,
  clock: FakeClock = createFakeClock(),
  options: Partial<TaskWaitOptions> = {},
): Promise<TaskResult> {
  return waitForTask(pve, UPID, { clock, timeoutMs: 60_000, ...options });
}

describe('R-24: waiting for a task', () => {
  it('asks the node of the UPID, with the UPID percent-encoded', async () => {
    const pve = task([stopped('OK')]);
    expect(await wait(pve)).toEqual({ upid: UPID, exitStatus: 'OK', warnings: [], durationMs: 0 });
    expect(pve.asked).toEqual([
      '/nodes/pve1/tasks/UPID%3Apve1%3A0000028D%3A00066EDC%3A6B009A09%3Aqmcreate%3A103%3Aroot%40pam%21test%3A/status',
    ]);
  });

  it('asks at first often, then every two seconds', async () => {
    const clock = createFakeClock();
    const { durationMs } = await wait(task([...Array(12).fill(RUNNING), stopped('OK')]), clock);
    expect(clock.sleeps[0]).toBe(200);
    expect(clock.sleeps.at(-1)).toBe(2000);
    expect(clock.sleeps).toEqual([...clock.sleeps].sort((left, right) => left - right));
    expect(durationMs).toBe(clock.now());
  });

  it.each([
    ['595', failing(595)],
    ['596', failing(596)],
    ['599', failing(599)],
    ['503', failing(503)],
    ['a reset', RESET],
    ['a time-out', new PvevmError('TIMEOUT', 'slow')],
    ['a task that is not known yet', UNKNOWN],
  ])('survives %s', async (_name, error) => {
    expect(await wait(task([error, error, RUNNING, error, stopped('OK')]))).toMatchObject({ exitStatus: 'OK' });
  });

  it('fails where the task is still not known after some time', async () => {
    await expect(wait(task([UNKNOWN]))).rejects.toBe(UNKNOWN);
  });

  it('fails at once where asking is refused', async () => {
    const clock = createFakeClock();
    const refused = new PvevmError('PERMISSION', 'no', { status: 403 });
    await expect(wait(task([refused]), clock)).rejects.toBe(refused);
    expect(clock.sleeps).toEqual([]);
  });

  it('ends at its deadline, and names the task', async () => {
    const clock = createFakeClock();
    await expect(wait(task([RUNNING]), clock, { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      upid: UPID,
      message: 'task qmcreate of 103 on pve1 did not end within 5 s; it is still running',
      details: [UPID],
    });
    expect(clock.now()).toBe(5000);
  });

  it('ends at its deadline where nobody answers', async () => {
    await expect(wait(task([failing(595)]), createFakeClock(), { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it('stops when the signal says so', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(wait(task([RUNNING]), createFakeClock(), { signal })).rejects.toThrow('enough');
  });

  it('R-28: ends the look that is on its way with the signal', async () => {
    const signals: unknown[] = [];
    const pve = task([stopped('OK')]);
    const reader: PveReader = {
      get: (path, options) => {
        signals.push(options?.signal);
        return pve.get(path, options);
      },
    };
    const { signal } = new AbortController();
    await waitForTask(reader, UPID, { clock: createFakeClock(), timeoutMs: 60_000, signal });
    expect(signals).toEqual([signal]);
  });

  it('refuses what is no task id', async () => {
    const options = { clock: createFakeClock(), timeoutMs: 1 };
    await expect(waitForTask(task([]), 'OK', options)).rejects.toMatchObject({ code: 'PVE_ERROR' });
  });

  it('tells the progress of a long task with the last line of its log, reading each line once, and seldom where nothing comes', async () => {
    const seen: [number, string | undefined][] = [];
    const pve = task([...Array(20).fill(RUNNING), stopped('OK')], ['transferred 1 GiB', 'transferred 2 GiB']);
    await wait(pve, createFakeClock(), { onProgress: (runningMs, line) => seen.push([Math.round(runningMs), line]) });
    expect(seen).toHaveLength(20);
    expect(seen[0]).toEqual([0, undefined]);
    for (const [runningMs, line] of seen) expect(line).toBe(runningMs < 2000 ? undefined : 'transferred 2 GiB');
    const logReads = pve.asked.filter((request) => request.includes('/log')).map((request) => request.split('?')[1]);
    expect(logReads.slice(0, 2)).toEqual(['start=0&limit=500', 'start=2&limit=500']);
    // In 36 s: after two, after four and after eight more, and then as seldom.
    expect(logReads).toHaveLength(5);
  });

  it.each([
    ['qmcreate', true],
    ['qmclone', true],
    ['qmmove', true],
    ['qmigrate', true],
    ['qmconfig', true],
    ['download', true],
    ['imgcopy', true],
    ['qmstart', false],
    ['qmshutdown', false],
    ['qmdestroy', false],
    ['hastart', false],
  ])('reads the log of %s while it runs: %s', async (type, isRead) => {
    const pve = createFakeReader((request) => (request.includes('/log') ? [{ n: 1, t: 'a line' }] : RUNNING));
    const upid = UPID.replace('qmcreate', type);
    const lines: (string | undefined)[] = [];
    const onProgress = (_runningMs: number, line?: string): void => void lines.push(line);
    const waiting = waitForTask(pve, upid, { clock: createFakeClock(), timeoutMs: 30_000, onProgress });
    await expect(waiting).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.at(-1)).toBe(isRead ? 'a line' : undefined);
    expect(pve.asked.some((request) => request.includes('/log'))).toBe(isRead);
  });
});

describe('the end of a task', () => {
  it('R-29: shows the exit status and the end of the log, with the error on line 399 of 400', async () => {
    const log = Array.from({ length: 400 }, (_, index) => `line ${index + 1}`);
    log[398] = 'qemu-img: error while writing: No space left on device';
    log[399] = 'TASK ERROR: disk is full';
    const error: unknown = await wait(task([stopped('disk is full')], log)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'TASK_FAILED',
      message: 'task qmcreate of 103 on pve1 failed: disk is full',
      upid: UPID,
    });
    expect((error as PvevmError).details).toEqual(log.slice(-15));
  });

  it('fails with the exit status alone where the log cannot be read', async () => {
    const pve = createFakeReader((request) => {
      if (request.includes('/log')) throw failing(500);
      return stopped('no space');
    });
    await expect(wait(pve)).rejects.toMatchObject({ code: 'TASK_FAILED', details: [] });
  });

  it('is good with warnings, which come from the log', async () => {
    const log = ['allocating', 'WARN: no guest agent', 'WARN: slow storage', 'TASK WARNINGS: 2'];
    expect(await wait(task([stopped('WARNINGS: 2')], log))).toMatchObject({
      exitStatus: 'WARNINGS: 2',
      warnings: ['no guest agent', 'slow storage'],
    });
  });

  it('says how many warnings there were where the log does not show them', async () => {
    const { warnings } = await wait(task([stopped('WARNINGS: 2')], ['allocating', 'TASK WARNINGS: 2']));
    expect(warnings).toEqual(['the task ended with WARNINGS: 2']);
  });

  it('is looked at once more where the status was unexpected', async () => {
    expect(await wait(task([stopped('unexpected status'), stopped('OK')]))).toMatchObject({ exitStatus: 'OK' });
    await expect(wait(task([stopped('unexpected status')]))).rejects.toMatchObject({
      code: 'TASK_FAILED',
      message: expect.stringContaining('unexpected status'),
    });
  });

  it.each(['OK, as it seems', 'not OK', 'failed with WARNINGS: 2', 'WARNINGS: many', 'WARNINGS', ''])(
    'R-29: is bad with the exit status "%s", though it speaks of a good one',
    async (exitStatus) => {
      await expect(wait(task([stopped(exitStatus)]))).rejects.toMatchObject({ code: 'TASK_FAILED', upid: UPID });
    },
  );

  it('R-24: is not taken for a good one where it has no exit status, nor for one where it is not said to be one', async () => {
    const ended = { status: 'stopped' };
    await expect(wait(task([ended]))).rejects.toMatchObject({
      code: 'TASK_FAILED',
      message: expect.stringContaining('unexpected status'),
    });
    expect(await wait(task([ended, stopped('OK')]))).toMatchObject({ exitStatus: 'OK' });
    for (const odd of [null, {}, { status: 'unknown', exitstatus: 'bad' }, 'stopped'])
      expect(await wait(task([odd, odd, odd, stopped('OK')]))).toMatchObject({ exitStatus: 'OK' });
  });

  it('R-48, R-50: says its exit status without a token, and without what a terminal would obey', async () => {
    const status = 'no \u001b[31m for root@pam!x=12345678-1234-1234-1234-123456789abc';
    await expect(wait(task([stopped(status)]))).rejects.toMatchObject({
      message: 'task qmcreate of 103 on pve1 failed: no \\x1b[31m for root@pam!x=********',
    });
  });

  it('R-48: shows no token that the log holds', async () => {
    const log = ['using root@pam!x=12345678-1234-1234-1234-123456789abc'];
    await expect(wait(task([stopped('bad')], log))).rejects.toMatchObject({ details: ['using root@pam!x=********'] });
  });
});
