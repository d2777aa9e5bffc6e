import { EXIT_CODES } from '../../core/exit-code.ts';
import type { EndSignal, Io } from '../io.ts';
import { EXIT_OF_SIGNAL } from '../run/interrupt.ts';

/** The signals of a run that has something to clean up: none of them ends the process by itself. */
export interface SignalWatch {
  /** How a run ends that was stopped by a signal; undefined where none came. */
  exitCode(): number | undefined;
  /** Says what is done with signals from now on, in place of what was said before. */
  handle(handler: (signal: EndSignal) => void): void;
  /** Stops listening. */
  stop(): void;
}

/**
 * Listens for signals; until something else is said, the first one ends the process. That nobody reads what is written is
 * none of its business, and of SIGHUP, which a closed terminal sends more than once, only the first one counts.
 */
export function watchSignals(io: Io): SignalWatch {
  let first: EndSignal | undefined;
  let handler = (signal: EndSignal): void => io.signals?.obey(signal);
  let isHungUp = false;
  const stop = io.signals?.listen((signal) => {
    if (signal === 'SIGPIPE' || (signal === 'SIGHUP' && isHungUp)) return;
    isHungUp ||= signal === 'SIGHUP';
    first ??= signal;
    handler(signal);
  });
  return {
    exitCode: () => (first === undefined ? undefined : EXIT_CODES[EXIT_OF_SIGNAL[first]]),
    handle: (next) => {
      handler = next;
    },
    stop: () => stop?.(),
  };
}
