import { PvevmError } from '../../core/error.ts';
import type { ExitName } from '../../core/exit-code.ts';
import type { EndSignal, Io } from '../io.ts';

/** What signals have asked for so far. */
export interface Interrupts {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The first signal; undefined where none came. */
  readonly first: EndSignal | undefined;
  /** How a command ends that was stopped; undefined where no signal came. */
  exit(): ExitName | undefined;
  /** Stops listening. */
  stop(): void;
}

/** The same world, for work that goes on though nobody reads its output. */
export function withoutReaders(io: Io): Pick<Io, 'signals'> {
  const { signals } = io;
  if (signals === undefined) return {};
  return {
    signals: {
      listen: (handler) =>
        signals.listen((signal) => {
          if (signal !== 'SIGPIPE') handler(signal);
        }),
      obey: (signal) => signals.obey(signal),
    },
  };
}

/** How a command ends that a signal has stopped. */
export const EXIT_OF_SIGNAL: Readonly<Record<EndSignal, ExitName>> = {
  SIGINT: 'interrupted',
  SIGTERM: 'terminated',
  SIGHUP: 'interrupted',
  SIGPIPE: 'interrupted',
};

// A terminal that is closed sends one SIGHUP itself and its shell another: nobody insists by that.
const INSISTENT: readonly EndSignal[] = ['SIGINT', 'SIGTERM'];

/**
 * Listens for signals: the first one asks for an orderly end and calls `onFirst`; the second time that somebody sends
 * SIGINT or SIGTERM calls `onSecond`, with how the command ends, and ends the process at once. `onFirst` is called again
 * where nobody had sent one before.
 */
export function listenForInterrupts(
  io: Pick<Io, 'signals'>,
  onFirst: (signal: EndSignal) => void,
  onSecond: (exit: ExitName) => void,
): Interrupts {
  const controller = new AbortController();
  let first: EndSignal | undefined;
  let isInsisted = false;
  const stop = io.signals?.listen((signal) => {
    const insists = INSISTENT.includes(signal);
    if (insists && isInsisted) {
      onSecond(EXIT_OF_SIGNAL[signal]);
      io.signals?.obey(signal);
      return;
    }
    if (first !== undefined && !insists) return;
    first ??= signal;
    isInsisted ||= insists;
    onFirst(signal);
    controller.abort(new PvevmError('INTERRUPTED', `interrupted by ${signal}`));
  });
  return {
    signal: controller.signal,
    get first() {
      return first;
    },
    exit: () => (first === undefined ? undefined : EXIT_OF_SIGNAL[first]),
    stop: () => stop?.(),
  };
}
