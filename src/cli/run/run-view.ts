import type { Clock } from '../../core/clock.ts';
import type { ApplyEvent } from '../../core/event.ts';
import type { Plan } from '../../core/plan.ts';
import { repeatEvery } from '../../pve/clock.ts';
import { createEventsText } from '../../report/run/events-text.ts';
import { createLiveScreen } from '../../report/run/live-screen.ts';
import { liveLines, NOTHING_LIVE, nextLive } from '../../report/run/live-tree.ts';
import type { Theme } from '../../report/theme.ts';
import type { Io, OutputStream } from '../io.ts';

/** A run as a person sees it. */
export interface RunView {
  /** Takes the run's events. */
  event(event: ApplyEvent): void;
  /** Standard error for all others who write while the run is shown. */
  readonly stderr: OutputStream;
  /** Takes what is drawn away; what is written later is only written. */
  close(): void;
}

/** What a run is shown with. */
export interface RunViewOptions {
  readonly plan: Plan;
  readonly theme: Theme;
  readonly io: Pick<Io, 'stderr' | 'env'>;
  readonly clock: Clock;
  /** Whether nothing is shown but the steps that fail, with their errors. */
  readonly isQuiet?: boolean;
  /** Does something every so many milliseconds; the machine's own timer unless given. */
  readonly every?: typeof repeatEvery;
}

const FRAME_MS = 120;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
// The console of Linux has no Braille.
const PLAIN_SPINNER = ['|', '/', '-', '\\'];
const DEFAULT_ROWS = 24;

/** Whether a stream can be drawn on: a terminal that knows how to move its cursor, and how wide it is. */
export function isDrawable({ stderr, env }: Pick<Io, 'stderr' | 'env'>): boolean {
  return stderr.isTTY === true && env['TERM'] !== 'dumb' && (stderr.columns ?? 0) > 0;
}

function openLines({ plan, theme, io: { stderr } }: RunViewOptions): RunView {
  const write = (text: string): void => void stderr.write(text);
  const event = createEventsText({ plan, theme, write, isLive: false, width: stderr.columns });
  return { event, stderr, close: () => undefined };
}

function openFailures(options: RunViewOptions): RunView {
  const lines = openLines(options);
  const { stderr } = options.io;
  let isFirst = true;
  const event = (event: ApplyEvent): void => {
    if (event.type !== 'step.finished' || event.outcome !== 'failed') return;
    // Room between them and the plan.
    if (isFirst) stderr.write('\n');
    isFirst = false;
    lines.event(event);
  };
  return { ...lines, event };
}

function openTree({ plan, theme, io: { stderr, env }, clock, every = repeatEvery }: RunViewOptions): RunView {
  const width = (): number => stderr.columns || 80;
  const screen = createLiveScreen({
    write: (text) => void stderr.write(text),
    size: () => ({ columns: width(), rows: stderr.rows || DEFAULT_ROWS }),
  });
  const spinner = env['TERM'] === 'linux' ? PLAIN_SPINNER : SPINNER;
  const text = createEventsText({ plan, theme, write: screen.print, isLive: true, width: width() });
  const openedAt = clock.now();
  let state = NOTHING_LIVE;
  const draw = (): void => {
    if (state === NOTHING_LIVE) return;
    const nowMs = clock.now() - openedAt;
    const turn = spinner[Math.floor(nowMs / FRAME_MS) % spinner.length] ?? '';
    const layout = { theme, columns: width(), rows: stderr.rows || DEFAULT_ROWS, nowMs, spinner: turn };
    screen.show(liveLines(state, layout));
  };
  const stopFrames = every(FRAME_MS, draw);
  const stopWatch = stderr.watch?.((what) => {
    if (what === 'resumed') screen.forget();
    draw();
  });
  const close = (): void => {
    stopFrames();
    screen.close();
    stopWatch?.();
  };
  return {
    event: (event) => {
      state = nextLive(state, event);
      // What has ended is no longer drawn once its line is printed; progress is seen soon enough.
      if (event.type !== 'step.progress') draw();
      text(event);
      if (event.type === 'run.finished') close();
    },
    stderr: { ...stderr, write: screen.print },
    close,
  };
}

/**
 * Shows a run on standard error: on a terminal a line for each step that runs, which is drawn over and over below those
 * that have ended; elsewhere, with `TERM=dumb`, and where a terminal does not say how wide it is, lines that stay. A quiet
 * one has lines for what fails, and nothing else.
 */
export function openRunView(options: RunViewOptions): RunView {
  if (options.isQuiet === true) return openFailures(options);
  return isDrawable(options.io) ? openTree(options) : openLines(options);
}
