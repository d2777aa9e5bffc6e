import { PvevmError } from '../core/error.ts';
import type { Io } from './io.ts';

/** What standard input can do besides where it is a terminal of Node. */
interface Terminal {
  setRawMode?(raw: boolean): unknown;
  pause?(): unknown;
  iterator?(options: { readonly destroyOnReturn: boolean }): AsyncIterableIterator<Uint8Array | string>;
}

const END_OF_TEXT = '\u0003';
const END_OF_INPUT = '\u0004';

/** Adds what was typed to a line, key by key; `done` once the line has ended. */
function type(line: string, typed: string): { readonly line: string; readonly done: boolean } {
  let text = line;
  for (const key of typed) {
    if (key === '\r' || key === '\n' || key === END_OF_INPUT) return { line: text, done: true };
    // A terminal that shows nothing makes no signal of Ctrl-C either.
    if (key === END_OF_TEXT) throw new PvevmError('INTERRUPTED', 'interrupted');
    text = key === '\u007f' || key === '\b' ? [...text].slice(0, -1).join('') : text + key;
  }
  return { line: text, done: false };
}

/**
 * Asks a person for a secret on standard error, and gives the line back that was typed, which the terminal does not
 * show. The caller sees to it that standard input is a terminal. Throws `INTERRUPTED` for Ctrl-C, and `CONFIG` for an
 * empty answer.
 */
export async function askSecret(question: string, io: Pick<Io, 'stdin' | 'stderr'>): Promise<string> {
  const terminal: Io['stdin'] & Terminal = io.stdin;
  const decoder = new TextDecoder();
  let answer = { line: '', done: false };
  io.stderr.write(question);
  terminal.setRawMode?.(true);
  try {
    // Another question may follow, so that standard input stays open.
    for await (const chunk of terminal.iterator?.({ destroyOnReturn: false }) ?? terminal) {
      answer = type(answer.line, typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
      if (answer.done) break;
    }
  } finally {
    terminal.setRawMode?.(false);
    // An open terminal that is read from would hold the process.
    terminal.pause?.();
    io.stderr.write('\n');
  }
  if (answer.line === '') throw new PvevmError('CONFIG', 'cannot go on: nothing was typed');
  return answer.line;
}
