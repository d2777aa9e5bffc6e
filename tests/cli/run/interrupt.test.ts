import { expect, it } from 'vitest';
import type { EndSignal, Signals } from '../../../src/cli/io.ts';
import { listenForInterrupts, withoutReaders } from '../../../src/cli/run/interrupt.ts';

/** Signals that a test sends, and what they came to. */
function listen() {
  const handlers = new Set<(signal: EndSignal) => void>();
  const told: string[] = [];
  const signals: Signals = {
    listen: (handler) => {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    obey: (signal) => void told.push(`ended by ${signal}`),
  };
  const send = (...sent: readonly EndSignal[]): void => {
    for (const signal of sent) for (const handler of handlers) handler(signal);
  };
  const interrupts = listenForInterrupts(
    { signals },
    (signal) => told.push(`orderly end by ${signal}`),
    (exit) => told.push(`left: ${exit}`),
  );
  return { signals, handlers, told, send, interrupts };
}

it('R-28: the second time that somebody insists leaves at once', () => {
  const { send, told, interrupts } = listen();
  expect(interrupts.exit()).toBeUndefined();
  send('SIGINT');
  expect(interrupts.signal.aborted).toBe(true);
  send('SIGTERM');
  expect(told).toEqual(['orderly end by SIGINT', 'left: terminated', 'ended by SIGTERM']);
  expect(interrupts.exit()).toBe('interrupted');
});

it('R-28: a terminal or an output that is closed never insists: what runs is finished', () => {
  for (const quiet of ['SIGHUP', 'SIGPIPE'] as const) {
    const { send, told, interrupts } = listen();
    send(quiet, quiet, 'SIGINT', quiet);
    expect(told).toEqual([`orderly end by ${quiet}`, 'orderly end by SIGINT']);
    expect([interrupts.first, interrupts.signal.aborted]).toEqual([quiet, true]);
    send('SIGINT');
    expect(told.at(-1)).toBe('ended by SIGINT');
  }
});

it('R-28: who needs no reader is not told that the output was closed', () => {
  const { signals, send } = listen();
  const heard: string[] = [];
  const stop = withoutReaders({ signals } as Parameters<typeof withoutReaders>[0]).signals?.listen((signal) =>
    heard.push(signal),
  );
  send('SIGPIPE', 'SIGHUP');
  stop?.();
  send('SIGINT');
  expect(heard).toEqual(['SIGHUP']);
});
