import { EXIT_CODES } from '../../core/exit-code.ts';
import type { EndSignal, Io } from '../io.ts';

/** The signals of a run that has something to clean up: none of them ends the process by itself. */
export interface SignalWatch {
  /** How a run ends that was stopped by a signal; undefined where none came. */
  exitCode(): number | undefined;
  /** Says what is done with signals from now on, in place of what was said before. */
  handle(handler: (signal: EndSignal) => void): void;
  /** Stops listening. */
  stop(): void;
}

/** Listens for signals; until something else is said, the first one ends the process. */
export function watchSignals(io: Io): SignalWatch {
  let first: EndSignal | undefined;
  let handler = (signal: EndSignal): void => io.signals?.obey(signal);
  const stop = io.signals?.listen((signal) => {
    first ??= signal;
    handler(signal);
  });
  const codes = { SIGINT: EXIT_CODES.interrupted, SIGTERM: EXIT_CODES.terminated } as const;
  return {
    exitCode: () => (first === undefined ? undefined : codes[first]),
    handle: (next) => {
      handler = next;
    },
    stop: () => stop?.(),
  };
}
