import { expect, it } from 'vitest';
import type { EndSignal, Io } from '../../../src/cli/io.ts';
import { createOutput } from '../../../src/cli/output.ts';
import { askOrLeave } from '../../../src/cli/run/ask-or-leave.ts';

const QUESTION = { text: 'Apply these changes?', missing: [] };

/** A terminal at which a person gives an answer when the test says so, and signals come. */
function open() {
  const handlers = new Set<(signal: EndSignal) => void>();
  const told: string[] = [];
  let shown = '';
  let answer = (_line: string): void => undefined;
  const line = new Promise<string>((resolve) => {
    answer = resolve;
  });
  async function* read(): AsyncGenerator<string> {
    yield await line;
  }
  const stream = {
    write: (text: string): void => {
      shown += text;
    },
  };
  const io: Io = {
    ...{ stdout: stream, stderr: stream, stdin: Object.assign(read(), { isTTY: true }), env: {}, cwd: '/' },
    signals: {
      listen: (handler) => {
        handlers.add(handler);
        return () => void handlers.delete(handler);
      },
      obey: (signal) => void told.push(`ended by ${signal}`),
    },
  };
  const asked = askOrLeave(QUESTION, { io, output: createOutput(io, {}) }, (exit) => told.push(exit));
  const send = (signal: EndSignal): void => {
    for (const handler of handlers) handler(signal);
  };
  return { asked, answer, send, told, shown: () => shown };
}

it('R-28: a signal in place of an answer ends the process, after it was said that nothing was changed', () => {
  for (const [signal, exit] of [
    ['SIGINT', 'interrupted'],
    ['SIGTERM', 'terminated'],
  ] as const) {
    const { send, told, shown } = open();
    send(signal);
    expect(told).toEqual([exit, `ended by ${signal}`]);
    expect(shown()).toContain('Interrupted. Nothing was changed.');
  }
});

it('R-28: a signal after the answer is no longer its business: something may have been changed by then', async () => {
  const { asked, answer, send, told, shown } = open();
  answer('yes\n');
  expect(await asked).toBe(true);
  send('SIGINT');
  expect([told, shown().includes('Nothing was changed')]).toEqual([[], false]);
});

it('R-28: a question goes on though nobody reads the output any more', async () => {
  const { asked, answer, send, told } = open();
  send('SIGPIPE');
  expect(told).toEqual([]);
  answer('no\n');
  expect(await asked).toBe(false);
});
