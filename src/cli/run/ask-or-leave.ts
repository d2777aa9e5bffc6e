import type { ExitName } from '../../core/exit-code.ts';
import type { MissingConsent } from '../../engine/consent.ts';
import type { Io } from '../io.ts';
import type { Output } from '../output.ts';
import { askConsent } from './ask-consent.ts';
import { EXIT_OF_SIGNAL, withoutReaders } from './interrupt.ts';

/** What is asked before the first write, and the steps that nobody has allowed beforehand. */
export interface Question {
  readonly text: string;
  readonly missing: readonly MissingConsent[];
}

/**
 * Asks as `askConsent` does. A signal in place of an answer ends the process as it does where nobody listens, after it was
 * said that nothing was changed, and `onLeave` was told how that is called.
 */
export async function askOrLeave(
  { text, missing }: Question,
  { io, output }: { readonly io: Io; readonly output: Output },
  onLeave: (exit: ExitName) => void,
): Promise<boolean> {
  const { signals } = withoutReaders(io);
  const stop = signals?.listen((signal) => {
    output.problem('\nInterrupted. Nothing was changed.');
    onLeave(EXIT_OF_SIGNAL[signal]);
    signals.obey(signal);
  });
  try {
    return await askConsent(text, missing, io, output);
  } finally {
    stop?.();
  }
}
