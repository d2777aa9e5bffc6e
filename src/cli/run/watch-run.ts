import type { ApplyEvent } from '../../core/event.ts';
import type { ExitName } from '../../core/exit-code.ts';
import type { Plan } from '../../core/plan.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { leftResult, runJson } from '../../report/run/run-json.ts';
import type { RunRecord } from '../../report/run/run-summary.ts';
import type { EndSignal } from '../io.ts';
import type { CommandScope } from '../make-plan.ts';
import { type Interrupts, listenForInterrupts } from './interrupt.ts';
import type { TaskTracker } from './track-tasks.ts';

/** A run that signals may end, early or at once. */
export interface WatchedRun {
  readonly plan: Plan;
  readonly record: RunRecord;
  readonly tracker: TaskTracker;
  /** The command that goes on. */
  readonly continuation: string;
  /** Takes the run's events. */
  readonly onEvent: (event: ApplyEvent) => void;
  /** Told of the tasks that go on where it is left at once. */
  readonly onLeave: (tasks: readonly string[]) => void;
}

/** The signals of one run. */
export interface RunWatch extends Interrupts {
  /** Whether it was left at once, after which nothing more is printed. */
  readonly isLeft: boolean;
  /** Hands an event of the run on, unless it was left. */
  event(event: ApplyEvent): void;
}

const WHILE_IT_ENDS = 'what runs is finished, nothing new begins.';

function firstWords(signal: EndSignal): string {
  return signal === 'SIGPIPE'
    ? `\nThe output cannot be written any more: ${WHILE_IT_ENDS}`
    : `\nInterrupted: ${WHILE_IT_ENDS}\nOnce more leaves at once.`;
}

function leftWords({ tracker, continuation }: WatchedRun): string {
  const clean = (text: string): string => sanitizeLine(redact(text));
  const tasks = tracker.running().map((upid) => `  ${clean(upid)}`);
  const unanswered = tracker.unanswered().map((request) => `  ${clean(request)}`);
  const lines = [
    tasks.length === 0 ? 'Left at once. No task is known to go on.' : 'Left at once. These tasks go on:',
    ...tasks,
    ...(unanswered.length === 0 ? [] : ['Sent, and not answered yet:', ...unanswered]),
    `To continue, run: ${clean(continuation)}`,
  ];
  return `\n${lines.join('\n')}`;
}

/**
 * Listens for signals during a run: the first one is said, and the run's own business from then on; the second one prints
 * which tasks go on, as text, and as the end of the JSON or of the events that were asked for, and ends the process.
 */
export function watchRun(run: WatchedRun, { io, options, output }: CommandScope): RunWatch {
  const { plan, record, tracker } = run;
  let isLeft = false;
  let seq = 0;
  const leave = (exit: ExitName): void => {
    isLeft = true;
    output.problem(leftWords(run));
    const result = leftResult(plan, record, tracker.running());
    const { counts, wrote, tasks = [] } = result;
    const elapsedMs = record.elapsedMs;
    run.onEvent({ seq: seq + 1, elapsedMs, type: 'run.finished', outcome: 'cancelled', counts, wrote, tasks });
    if (options.json === true) output.json(runJson(plan, exit, result));
    run.onLeave(tasks);
  };
  const interrupts = listenForInterrupts(io, (signal) => output.problem(firstWords(signal)), leave);
  return {
    signal: interrupts.signal,
    get first() {
      return interrupts.first;
    },
    exit: interrupts.exit,
    stop: interrupts.stop,
    get isLeft() {
      return isLeft;
    },
    event: (event) => {
      if (isLeft) return;
      seq = event.seq;
      run.onEvent(event);
    },
  };
}
