import { expect, it } from 'vitest';
import type { OutputStream, TerminalChange } from '../../../src/cli/io.ts';
import { isDrawable, openRunView, type RunView } from '../../../src/cli/run/run-view.ts';
import type { ApplyEventBody } from '../../../src/core/event.ts';
import { createTheme } from '../../../src/report/theme.ts';
import { at, begun, refOf } from '../../report/live-events.ts';
import { plan, resource, step } from '../../report/plans.ts';
import { openScreen, type Screen } from '../../report/screen.ts';

interface Shown {
  readonly view: RunView;
  readonly terminal: Screen;
  /** Lets time pass, and the frames come that are due. */
  pass(milliseconds: number): void;
  settle(): Promise<void>;
  change(what: TerminalChange): void;
  text(): string;
  /** Whether something is still to happen by itself. */
  isTicking(): boolean;
}

function show(env: Record<string, string> = {}, columns = 80): Shown {
  const terminal = openScreen(columns, 24);
  let written = '';
  let seen = 0;
  let now = 0;
  let frame: (() => void) | undefined;
  let changed: ((what: TerminalChange) => void) | undefined;
  const stderr: OutputStream = {
    write: (text) => {
      written += text;
    },
    isTTY: true,
    get columns() {
      return terminal.columns;
    },
    get rows() {
      return terminal.height;
    },
    watch: (handler) => {
      changed = handler;
      return () => {
        changed = undefined;
      };
    },
  };
  const view = openRunView({
    plan: plan([resource({ steps: [step('vm/web-01#1', 'create'), step('vm/web-01#2', 'start')] })]),
    ...{ theme: createTheme(false), io: { stderr, env }, clock: { now: () => now, sleep: async () => undefined } },
    every: (_milliseconds, action) => {
      frame = action;
      return () => {
        frame = undefined;
      };
    },
  });
  return {
    view,
    terminal,
    pass: (milliseconds) => {
      now += milliseconds;
      frame?.();
    },
    settle: async () => {
      await terminal.write(written.slice(seen));
      seen = written.length;
    },
    change: (what) => changed?.(what),
    text: () => written,
    isTicking: () => frame !== undefined || changed !== undefined,
  };
}

const ended: ApplyEventBody = {
  ...{ type: 'step.finished', ...refOf('vm/web-01'), outcome: 'ok', durationMs: 3000, warnings: [] },
};
const over: ApplyEventBody = {
  ...{ type: 'run.finished', outcome: 'ok', counts: { done: 1, failed: 0, skipped: 0 }, wrote: true },
};

it('shows what runs and how long it has, and what has ended above it', async () => {
  const { view, terminal, pass, settle, isTicking } = show();
  view.event(begun(1, 2));
  view.event(at(0, { type: 'step.started', ...refOf('vm/web-01') }));
  pass(1200);
  await settle();
  expect(terminal.rows()).toEqual(['⠋ vm/web-01  1/5 create  1 s', '  0 of 2 steps, 1 s']);
  view.event(at(3000, ended));
  view.event(at(3000, { type: 'step.started', ...refOf('vm/web-01', 2, 'start') }));
  pass(2000);
  await settle();
  expect(terminal.rows()).toEqual(['✓ vm/web-01  create  3.0 s', '⠦ vm/web-01  2/5 start  0 s', '  1 of 2 steps, 3 s']);
  view.event(at(5000, over));
  await settle();
  expect(terminal.rows()).toEqual(['✓ vm/web-01  create  3.0 s']);
  expect(isTicking()).toBe(false);
});

it('lets others write above what it draws, and after it is closed', async () => {
  const { view, terminal, settle } = show();
  view.event(begun(1, 2));
  view.stderr.write('\nInterrupted: what runs is finished.\n');
  await settle();
  expect(terminal.rows()).toEqual(['', 'Interrupted: what runs is finished.', '  0 of 2 steps, 0 s']);
  view.close();
  view.stderr.write('the end\n');
  await settle();
  expect(terminal.rows()).toEqual(['', 'Interrupted: what runs is finished.', 'the end']);
});

it('draws anew when the terminal has another size, without leaving anything behind', async () => {
  const { view, terminal, settle, change } = show();
  view.event(begun(1, 2));
  view.event(at(0, { type: 'step.started', ...refOf('vm/web-01') }));
  const line = 'waits '.repeat(30);
  view.event(at(0, { type: 'step.progress', ...refOf('vm/web-01'), runningMs: 0, line }));
  for (const columns of [40, 140, 80]) {
    change('resized');
    await settle();
    await terminal.resize(columns, 24);
    change('resized');
    await settle();
    expect(terminal.rows()).toHaveLength(2);
    expect(terminal.rows()[0]).toMatch(/^⠋ vm\/web-01 {2}1\/5 create {2}0 s {2}wai/);
  }
});

it('hides the cursor of a terminal no longer than it draws', () => {
  const { view, text } = show();
  view.event(begun(1, 2));
  expect(text()).toContain('\x1b[?25l');
  expect(text()).not.toContain('\x1b[?25h');
  view.close();
  view.close();
  expect(text().split('\x1b[?25h')).toHaveLength(2);
});

it('draws nothing where TERM is dumb, where there is no terminal, and where that has no width', () => {
  const { view, text, isTicking } = show({ TERM: 'dumb' });
  view.event(begun(1, 2));
  view.event(at(3000, ended));
  expect(text()).toBe('✓ vm/web-01  create  3.0 s\n');
  expect(isTicking()).toBe(false);
  const write = (): void => undefined;
  expect(isDrawable({ stderr: { write, isTTY: true, columns: 80 }, env: {} })).toBe(true);
  expect(isDrawable({ stderr: { write, isTTY: false, columns: 80 }, env: {} })).toBe(false);
  expect(isDrawable({ stderr: { write, isTTY: true, columns: 0 }, env: {} })).toBe(false);
});
