import { EventEmitter } from 'node:events';
import { afterEach, expect, it, vi } from 'vitest';
import { watchTerminal } from '../../../src/cli/process/watch-terminal.ts';

const SHOW_CURSOR = '\x1b[?25h';
const SIGNALS = ['exit', 'SIGTSTP', 'SIGCONT', 'SIGQUIT'];

afterEach(() => void vi.restoreAllMocks());

function open() {
  const told: string[] = [];
  const written: string[] = [];
  const terminal = Object.assign(new EventEmitter(), { write: (text: string) => written.push(text) });
  const stop = watchTerminal(terminal, (what) => told.push(what));
  return { terminal, told, written, stop };
}

it('tells of a new size, and that the program goes on after it was stopped', () => {
  const { terminal, told, stop } = open();
  terminal.emit('resize');
  process.emit('SIGCONT');
  expect(told).toEqual(['resized', 'resumed']);
  stop();
  terminal.emit('resize');
  expect(told).toHaveLength(2);
});

it('shows the cursor before the program is stopped, and before it is ended by a signal', () => {
  const sent: unknown[] = [];
  vi.spyOn(process, 'kill').mockImplementation((_pid, signal) => {
    sent.push(signal);
    return true;
  });
  const { written, stop } = open();
  process.emit('SIGTSTP');
  expect([written, sent]).toEqual([[SHOW_CURSOR], ['SIGSTOP']]);
  process.emit('SIGQUIT');
  expect([written, sent]).toEqual([
    [SHOW_CURSOR, SHOW_CURSOR],
    ['SIGSTOP', 'SIGQUIT'],
  ]);
  stop();
});

it('listens to nothing once the watch has ended', () => {
  const count = (): readonly number[] => SIGNALS.map((name) => process.listenerCount(name));
  const before = count();
  const { stop } = open();
  expect(count()).toEqual(before.map((number) => number + 1));
  stop();
  expect(count()).toEqual(before);
});
