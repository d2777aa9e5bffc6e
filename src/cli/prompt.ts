import { PvevmError } from '../core/error.ts';
import type { Io } from './io.ts';

/** What standard input can do besides where it is a terminal of Node. */
interface Terminal {
  pause?(): unknown;
  iterator?(options: { readonly destroyOnReturn: boolean }): AsyncIterable<Uint8Array | string>;
}

/**
 * Asks a person for a line on standard error, and gives it back without blanks around it; the fallback for an empty one.
 * The caller sees to it that standard input is a terminal. Other questions may follow. Throws `INTERRUPTED` where the
 * input ends before a line does.
 */
export async function askLine(question: string, io: Pick<Io, 'stdin' | 'stderr'>, fallback = ''): Promise<string> {
  const terminal: Io['stdin'] & Terminal = io.stdin;
  const decoder = new TextDecoder();
  let text = '';
  io.stderr.write(question);
  try {
    for await (const chunk of terminal.iterator?.({ destroyOnReturn: false }) ?? terminal) {
      text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      if (text.includes('\n')) break;
    }
  } finally {
    // An open terminal that is read from would hold the process.
    terminal.pause?.();
  }
  if (!text.includes('\n')) {
    io.stderr.write('\n');
    throw new PvevmError('INTERRUPTED', 'interrupted: the input ended before an answer');
  }
  const answer = text.split('\n')[0]?.trim() ?? '';
  return answer === '' ? fallback : answer;
}

/** Asks a person, and says whether the answer was `yes`, spelled out. As `askLine`, so that other questions may follow. */
export async function askYes(question: string, io: Pick<Io, 'stdin' | 'stderr'>): Promise<boolean> {
  return (await askLine(`${question} Only "yes" is accepted: `, io)) === 'yes';
}
