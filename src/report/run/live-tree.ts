import type { ApplyEvent, StepRef } from '../../core/event.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { displayDuration } from '../../core/units.ts';
import { cutToWidth, pad, widthOf } from '../table.ts';
import type { Theme } from '../theme.ts';
import { percentOf, wordsOf } from './task-progress.ts';

/** A step that runs. */
interface LiveStep {
  readonly ref: StepRef;
  /** When it began, in milliseconds since the run did. */
  readonly startedMs: number;
  /** The last line of its task's log; empty where there is none. */
  readonly line: string;
  /** What it waits for; empty where it works. */
  readonly waitingFor: string;
}

/** What a run is doing, as far as its events have said. */
export interface LiveState {
  readonly running: ReadonlyMap<string, LiveStep>;
  readonly resources: number;
  readonly endedResources: number;
  readonly steps: number;
  readonly endedSteps: number;
}

/** How the state of a run is drawn. */
export interface LiveLayout {
  readonly theme: Theme;
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since the run began. */
  readonly nowMs: number;
  /** The character that turns. */
  readonly spinner: string;
}

/** The state before the first event. */
export const NOTHING_LIVE: LiveState = { running: new Map(), resources: 0, endedResources: 0, steps: 0, endedSteps: 0 };

const clean = (text: string): string => sanitizeLine(redact(text));

function withStep(state: LiveState, id: string, step: LiveStep | undefined): LiveState {
  const running = new Map(state.running);
  if (step === undefined) running.delete(id);
  else running.set(id, step);
  return { ...state, running };
}

/** The state after an event. */
export function nextLive(state: LiveState, event: ApplyEvent): LiveState {
  switch (event.type) {
    case 'run.started':
      return { ...state, resources: event.resources, steps: event.steps };
    case 'step.started':
      return withStep(state, event.step, { ref: event, startedMs: event.elapsedMs, line: '', waitingFor: '' });
    case 'step.progress': {
      const step = state.running.get(event.step);
      if (step === undefined) return state;
      const line = event.line === undefined ? step.line : clean(event.line);
      return withStep(state, event.step, { ...step, line, waitingFor: clean(event.waitingFor ?? '') });
    }
    case 'step.finished': {
      const counts = event.rollback === true ? 0 : 1;
      // What takes the place of a step is counted with the new plan.
      const steps = event.outcome === 'replanned' ? state.steps - counts : state.steps;
      const ended = event.outcome === 'replanned' ? 0 : counts;
      return { ...withStep(state, event.step, undefined), steps, endedSteps: state.endedSteps + ended };
    }
    case 'resource.replanned':
      return { ...state, steps: state.steps + event.plan.steps.length };
    case 'resource.finished':
      return { ...state, endedResources: state.endedResources + 1 };
    default:
      return state;
  }
}

/** What a line says, before the columns are lined up. */
interface Cells {
  readonly address: string;
  readonly title: string;
  readonly time: string;
  readonly said: string;
}

function cellsOf({ ref, startedMs, line, waitingFor }: LiveStep, nowMs: number): Cells {
  const percent = waitingFor === '' ? percentOf(line) : undefined;
  const seconds = displayDuration(Math.max(0, Math.floor((nowMs - startedMs) / 1000) * 1000)).replace('.0 s', ' s');
  return {
    address: clean(ref.resource),
    title: `${ref.index}/${ref.of} ${clean(ref.title)}`,
    time: percent === undefined ? seconds : `${seconds}  ${String(percent).padStart(2)}%`,
    said: waitingFor === '' ? wordsOf(line) : `waits for ${waitingFor}`,
  };
}

const GAP = '  ';

function stepLines(cells: readonly Cells[], { theme, columns, spinner }: LiveLayout): readonly string[] {
  const widest = (of: (cell: Cells) => string): number => Math.max(...cells.map((cell) => widthOf(of(cell))));
  // The last column stays free: on some terminals writing there begins a new line.
  const room = columns - 1 - widthOf(spinner) - 1;
  const address = Math.min(
    widest((cell) => cell.address),
    Math.max(8, Math.floor(room / 3)),
  );
  const time = widest((cell) => cell.time);
  const title = Math.min(
    widest((cell) => cell.title),
    Math.max(0, room - address - time - 2 * GAP.length),
  );
  const left = room - address - title - time - 3 * GAP.length;
  return cells.map((cell) => {
    const begin = [
      pad(cutToWidth(cell.address, address), address),
      pad(cutToWidth(cell.title, title), title),
      cell.time,
    ].join(GAP);
    // A few letters of a log tell nobody anything.
    const said = left < 8 ? '' : cutToWidth(cell.said, left + time - widthOf(cell.time));
    const fitting = cutToWidth(begin, room);
    return `${theme.note(spinner)} ${fitting}${said === '' ? '' : `${GAP}${theme.faint(said)}`}`;
  });
}

/**
 * What a terminal shows of a run below what has ended: a line for each running step, those first that work, and one with how far the run
 * is. No line is wider than the terminal, and there are fewer than it has rows. No control character gets through.
 */
export function liveLines(state: LiveState, layout: LiveLayout): readonly string[] {
  const { theme, columns, rows, nowMs } = layout;
  const all = [...state.running.values()];
  // Where there is no row for each, those that work are worth more than those that wait.
  const isWaiting = ({ waitingFor }: LiveStep): boolean => waitingFor !== '';
  const running = [...all.filter((step) => !isWaiting(step)), ...all.filter(isWaiting)];
  // One row stays empty for the cursor, and one is for the line of the whole run.
  const room = Math.max(0, rows - 2);
  const shown = running.length <= room ? running : running.slice(0, Math.max(0, room - 1));
  const cells = shown.map((step) => cellsOf(step, nowMs));
  const more = running.length - shown.length;
  const { resources, endedResources, steps, endedSteps } = state;
  const whole = [
    `${endedSteps} of ${steps} ${steps === 1 ? 'step' : 'steps'}`,
    ...(resources > 1 ? [`${endedResources} of ${resources} resources`] : []),
    displayDuration(Math.floor(nowMs / 1000) * 1000).replace('.0 s', ' s'),
  ];
  return [
    ...(cells.length === 0 ? [] : stepLines(cells, layout)),
    ...(more === 0 || room === 0 ? [] : [theme.faint(cutToWidth(`  and ${more} more`, columns - 1))]),
    theme.faint(cutToWidth(`  ${whole.join(', ')}`, columns - 1)),
  ];
}
