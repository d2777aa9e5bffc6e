import { expect, it } from 'vitest';
import type { EndSignal, Io } from '../../../src/cli/io.ts';
import { createOutput } from '../../../src/cli/output.ts';
import type { TaskTracker } from '../../../src/cli/run/track-tasks.ts';
import { watchRun } from '../../../src/cli/run/watch-run.ts';
import type { ApplyEvent } from '../../../src/core/event.ts';
import { systemClock } from '../../../src/pve/clock.ts';
import { createRunRecord } from '../../../src/report/run/run-summary.ts';
import { plan } from '../../report/plans.ts';

const UPID = 'UPID:pve1:000003E8:00000001:6B013CD5:qmstart:101:root@pam!ci:';
const TOKEN = 'root@pam!ci=11111111-2222-3333-4444-555555555555';

/** A run with a task that goes on and a request that was not answered, and what signals make of it. */
function open(options = {}) {
  const handlers = new Set<(signal: EndSignal) => void>();
  const events: ApplyEvent[] = [];
  const told: string[] = [];
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string): void => {
      written[name] += text;
    },
  });
  async function* nothing(): AsyncGenerator<string> {
    // Nobody types.
  }
  const io: Io = {
    ...{ stdout: stream('stdout'), stderr: stream('stderr'), stdin: nothing(), env: {}, cwd: '/' },
    signals: {
      listen: (handler) => {
        handlers.add(handler);
        return () => void handlers.delete(handler);
      },
      obey: (signal) => void told.push(`ended by ${signal}`),
    },
  };
  const tracker = { running: () => [UPID], unanswered: () => ['POST /x'] } as unknown as TaskTracker;
  const watch = watchRun(
    {
      ...{ plan: plan([]), record: createRunRecord(), tracker, continuation: `pvevm apply --var t=${TOKEN}` },
      onEvent: (event) => void events.push(event),
      onLeave: (tasks) => void told.push(`left ${tasks.length} task`),
    },
    { io, options, output: createOutput(io, options), clock: systemClock },
  );
  const send = (signal: EndSignal): void => {
    for (const handler of handlers) handler(signal);
  };
  return { watch, send, events, told, written };
}

const started = (seq: number): ApplyEvent => ({
  ...{ seq, elapsedMs: 1, type: 'run.started', formatVersion: '1.0', resources: 0, steps: 0 },
});

it('R-28: the first signal is said, and events go on; the second ends them with what goes on, before the process ends', () => {
  const { watch, send, events, told, written } = open();
  watch.event(started(0));
  send('SIGINT');
  expect([watch.isLeft, watch.signal.aborted]).toEqual([false, true]);
  watch.event(started(4));
  send('SIGINT');
  expect(told).toEqual(['left 1 task', 'ended by SIGINT']);
  expect(events.at(-1)).toMatchObject({ seq: 5, type: 'run.finished', outcome: 'cancelled', tasks: [UPID] });
  expect(written.stderr).toContain(`These tasks go on:\n  ${UPID}\nSent, and not answered yet:\n  POST /x\n`);
  // What still happens until the process is gone is no part of what was told.
  watch.event(started(5));
  expect([watch.isLeft, events.length]).toEqual([true, 3]);
});

it('R-48: says how to go on without a token', () => {
  const { send, written } = open();
  send('SIGINT');
  send('SIGTERM');
  expect(written.stderr).toContain('To continue, run: pvevm apply --var t=root@pam!ci=********\n');
});

it('R-28: with --json the document is the last thing, and names the tasks', () => {
  const { send, written } = open({ json: true });
  send('SIGTERM');
  expect(written.stdout).toBe('');
  send('SIGTERM');
  expect(JSON.parse(written.stdout)).toMatchObject({ exit: { name: 'terminated' }, result: { tasks: [UPID] } });
});
