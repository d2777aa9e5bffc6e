import { assertNever } from '../core/assert-never.ts';
import type { ApplyEvent, StepRef } from '../core/event.ts';
import type { Plan } from '../core/plan.ts';
import { redact } from '../core/redact.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { displayDuration } from '../core/units.ts';
import { formatFailure } from './failure-text.ts';
import { columnWidth, pad, widthOf } from './table.ts';
import type { Theme } from './theme.ts';

/** What the events of a run are shown on. */
export interface EventsTextOptions {
  readonly plan: Plan;
  readonly theme: Theme;
  /** Takes text, with its newlines. */
  readonly write: (text: string) => void;
  /** On a terminal one line is rewritten while steps run; elsewhere a long step gets a line every 10 s. */
  readonly isTerminal: boolean;
  /** The columns of the terminal; 80 where there is none, or it does not say (0). */
  readonly width?: number | undefined;
}

interface RunningStep {
  readonly ref: StepRef;
  runningMs: number;
  line: string;
  heartbeats: number;
}

const HEARTBEAT_MS = 10_000;
const DEFAULT_WIDTH = 80;
// Back to the first column, and what stands on the line is gone (ECMA-48: EL).
const ERASE_LINE = '\r\x1b[K';

const clean = (text: string): string => sanitizeLine(redact(text));

/** How long a step has been running: whole seconds are enough. */
function formatRunning(milliseconds: number): string {
  return milliseconds < HEARTBEAT_MS ? `${Math.floor(milliseconds / 1000)} s` : displayDuration(milliseconds);
}

/**
 * Makes a renderer of events for people: a line for each step that ended, with its duration; failures with their error,
 * log and hints; and what is running meanwhile. No control character of a server gets through.
 */
export function createEventsText(options: EventsTextOptions): (event: ApplyEvent) => void {
  const { plan, theme, write, isTerminal } = options;
  const running = new Map<string, RunningStep>();
  const steps = plan.resources.flatMap((resource) => resource.steps);
  const addressWidth = columnWidth(
    steps.map((step) => clean(step.resource)),
    30,
  );
  const titleWidth = columnWidth(
    steps.map((step) => clean(step.title)),
    40,
  );
  let live = '';

  const label = ({ resource, title }: StepRef): string =>
    `${pad(clean(resource), addressWidth)}  ${pad(clean(title), titleWidth)}`;

  const liveText = (): string => {
    const last = [...running.values()].at(-1);
    if (last === undefined) return '';
    const others = running.size === 1 ? '' : `  (and ${running.size - 1} more)`;
    const text = `… ${label(last.ref)}  ${formatRunning(last.runningMs)}${others}${last.line === '' ? '' : `  ${last.line}`}`;
    const width = (options.width || DEFAULT_WIDTH) - 1;
    return widthOf(text) <= width ? text : [...text].slice(0, width).join('');
  };

  const showLive = (): void => {
    if (!isTerminal) return;
    const text = liveText();
    if (text === live) return;
    write(`${ERASE_LINE}${theme.faint(text)}`);
    live = text;
  };

  const print = (lines: readonly string[]): void => {
    if (live !== '') write(ERASE_LINE);
    live = '';
    write(`${lines.join('\n')}\n`);
    showLive();
  };

  const onProgress = (event: Extract<ApplyEvent, { readonly type: 'step.progress' }>): void => {
    const step = running.get(event.step);
    if (step === undefined) return;
    step.runningMs = event.runningMs;
    if (event.line !== undefined) step.line = clean(event.line);
    const heartbeats = Math.floor(event.runningMs / HEARTBEAT_MS);
    if (!isTerminal && heartbeats > step.heartbeats) {
      const said = step.line === '' ? '' : `  ${step.line}`;
      print([theme.faint(`… ${label(event)}  ${formatRunning(event.runningMs)}${said}`)]);
    }
    step.heartbeats = heartbeats;
    showLive();
  };

  const onFinished = (event: Extract<ApplyEvent, { readonly type: 'step.finished' }>): void => {
    running.delete(event.step);
    const duration = displayDuration(event.durationMs);
    const warnings = event.warnings.map((warning) => `    ${theme.warning('warning:')} ${clean(warning)}`);
    switch (event.outcome) {
      case 'ok':
        print([`${theme.added('✓')} ${label(event)}  ${duration}`, ...warnings]);
        break;
      case 'failed':
        print([
          `${theme.error('✗')} ${label(event)}  ${duration}`,
          ...warnings,
          ...(event.error === undefined ? [] : formatFailure(event.error, theme)),
        ]);
        break;
      case 'skipped':
        print([
          theme.faint(`- ${label(event)}  skipped${event.reason === undefined ? '' : `: ${clean(event.reason)}`}`),
        ]);
        break;
      default:
        assertNever(event.outcome);
    }
  };

  return (event) => {
    switch (event.type) {
      case 'step.started':
        running.set(event.step, { ref: event, runningMs: 0, line: '', heartbeats: 0 });
        showLive();
        break;
      case 'step.progress':
        onProgress(event);
        break;
      case 'step.finished':
        onFinished(event);
        break;
      case 'run.started':
      case 'resource.finished':
      case 'run.finished':
        break;
      default:
        assertNever(event);
    }
  };
}
