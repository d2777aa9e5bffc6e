import { assertNever } from '../../core/assert-never.ts';
import type { ApplyEvent, StepRef } from '../../core/event.ts';
import type { Plan, ResourcePlan } from '../../core/plan.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { displayDuration } from '../../core/units.ts';
import { formatResource } from '../plan/plan-text.ts';
import { columnWidth, pad } from '../table.ts';
import type { Theme } from '../theme.ts';
import { wrapText } from '../wrap.ts';
import { formatFailure } from './failure-text.ts';
import { createPace } from './pace.ts';
import { rolledBackText } from './rollback-text.ts';

/** What the events of a run are shown on. */
export interface EventsTextOptions {
  readonly plan: Plan;
  readonly theme: Theme;
  /** Takes text, with its newlines. */
  readonly write: (text: string) => void;
  /** Whether what runs is shown elsewhere, by a live tree; else a long step gets a line every minute. */
  readonly isLive: boolean;
  /** The columns of the terminal; 0 where it does not say, undefined where there is none. */
  readonly width?: number | undefined;
}

interface RunningStep {
  line: string;
  waitingFor: string;
}

const WHOLE_SECONDS_MS = 10_000;
// A shorter wait is not worth a line that stays.
const SHORTEST_WAIT_MS = 3000;
const LONGEST_TITLE = 40;
// Beside the address and the title of an ended step: its mark, blanks, its duration.
const OTHER_COLUMNS = 14;

const clean = (text: string): string => sanitizeLine(redact(text));

/** How long a step has been running: whole seconds are enough. */
function formatRunning(milliseconds: number): string {
  return milliseconds < WHOLE_SECONDS_MS ? `${Math.floor(milliseconds / 1000)} s` : displayDuration(milliseconds);
}

/** What a running step waits for, or else the last line of its task's log, after two blanks. */
function saidBy({ line, waitingFor }: RunningStep): string {
  if (waitingFor !== '') return `  waiting for ${waitingFor}`;
  return line === '' ? '' : `  ${line}`;
}

/**
 * Makes a renderer of events for people: a line for each step that ended, with its duration; failures with their error,
 * log and hints; and at times what is running meanwhile. No control character of a server gets through.
 */
export function createEventsText(options: EventsTextOptions): (event: ApplyEvent) => void {
  const { plan, theme, write, isLive } = options;
  const running = new Map<string, RunningStep>();
  const pace = createPace(SHORTEST_WAIT_MS);
  const steps = plan.resources.flatMap((resource) => resource.steps);
  const addressWidth = columnWidth(
    steps.map((step) => clean(step.resource)),
    30,
  );
  const titleWidth = columnWidth(
    steps.map((step) => clean(step.title)),
    Math.min(LONGEST_TITLE, (options.width || Number.POSITIVE_INFINITY) - addressWidth - OTHER_COLUMNS),
  );

  const label = ({ resource, title }: StepRef): string =>
    `${pad(clean(resource), addressWidth)}  ${pad(clean(title), titleWidth)}`;

  /** A sentence in as many lines as it takes, where somebody says how wide they may be. */
  const inLines = (text: string): readonly string[] => {
    const [first = '', ...rest] = options.width ? wrapText(text, options.width - 4) : [text];
    return [first, ...rest.map((line) => `    ${line}`)];
  };

  const print = (lines: readonly string[]): void => write(`${lines.join('\n')}\n`);

  const onProgress = (event: Extract<ApplyEvent, { readonly type: 'step.progress' }>): void => {
    const step = running.get(event.step);
    if (step === undefined) return;
    if (event.line !== undefined) step.line = clean(event.line);
    step.waitingFor = event.waitingFor === undefined ? '' : clean(event.waitingFor);
    if (!isLive && pace.isDue(event))
      print(inLines(`… ${label(event)}  ${formatRunning(event.runningMs)}${saidBy(step)}`).map(theme.faint));
  };

  const onFinished = (event: Extract<ApplyEvent, { readonly type: 'step.finished' }>): void => {
    running.delete(event.step);
    pace.end(event.step);
    const duration = displayDuration(event.durationMs);
    const warnings = event.warnings.flatMap((warning) =>
      (options.width ? wrapText(clean(warning), options.width - 13) : [clean(warning)]).map(
        (line, index) => `    ${index === 0 ? theme.warning('warning:') : '        '} ${line}`,
      ),
    );
    switch (event.outcome) {
      case 'ok':
        print([`${theme.added('✓')} ${label(event)}  ${duration}`, ...warnings]);
        break;
      case 'failed':
        print([
          `${theme.error('✗')} ${label(event)}  ${duration}`,
          ...warnings,
          ...(event.error === undefined ? [] : formatFailure(event.error, theme, options.width || undefined)),
        ]);
        break;
      case 'skipped':
        print(
          inLines(`- ${label(event)}  skipped${event.reason === undefined ? '' : `: ${clean(event.reason)}`}`).map(
            theme.faint,
          ),
        );
        break;
      case 'replanned':
        // The new plan says it all.
        break;
      default:
        assertNever(event.outcome);
    }
  };

  const formatPlanned = (resource: ResourcePlan): string =>
    formatResource(resource, { theme, label: '', width: options.width });

  return (event) => {
    switch (event.type) {
      case 'resource.replanned':
        print([
          `${theme.changed('↻')} ${clean(event.resource)}  planned anew: ${clean(event.reason)}`,
          event.plan.steps.length === 0 ? '    Nothing is left to do.' : formatPlanned(event.plan),
        ]);
        break;
      case 'rollback.started':
        print([
          'Taking back what this run has created (--rollback-on-failure):',
          ...event.resources.map(formatPlanned),
        ]);
        break;
      case 'resource.rolledBack':
        if (event.outcome !== 'destroyed') print([`! ${rolledBackText(event)}`]);
        break;
      case 'step.started':
        running.set(event.step, { line: '', waitingFor: '' });
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
