import { PvevmError } from '../core/error.ts';
import type { ExitName } from '../core/exit-code.ts';
import type { EndSignal, Io } from './io.ts';

/** What signals have asked for so far. */
export interface Interrupts {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** How a command ends that was stopped; undefined where no signal came. */
  exit(): ExitName | undefined;
  /** Stops listening. */
  stop(): void;
}

/**
 * Listens for signals: the first one asks for an orderly end and calls `onFirst`; the second one calls `onSecond` and
 * ends the process at once.
 */
export function listenForInterrupts(io: Io, onFirst: () => void, onSecond: () => void): Interrupts {
  const controller = new AbortController();
  let first: EndSignal | undefined;
  const stop = io.signals?.listen((signal) => {
    if (first !== undefined) {
      onSecond();
      io.signals?.obey(signal);
      return;
    }
    first = signal;
    onFirst();
    controller.abort(new PvevmError('INTERRUPTED', `interrupted by ${signal}`));
  });
  const exits = { SIGINT: 'interrupted', SIGTERM: 'terminated' } as const;
  return {
    signal: controller.signal,
    exit: () => (first === undefined ? undefined : exits[first]),
    stop: () => stop?.(),
  };
}
