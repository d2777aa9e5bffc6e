import { PvevmError } from '../core/error.ts';
import type { Io } from './io.ts';

/** What standard input can do besides where it is a terminal of Node. */
interface Terminal {
  setRawMode?(raw: boolean): unknown;
  pause?(): unknown;
  iterator?(options: { readonly destroyOnReturn: boolean }): AsyncIterableIterator<Uint8Array | string>;
}

/** What was typed so far. */
interface Typed {
  readonly line: string;
  readonly isDone: boolean;
  /** The input ended on purpose before anything was typed. */
  readonly isEnd?: boolean;
}

const END_OF_TEXT = '\u0003';
const END_OF_INPUT = '\u0004';
const ERASE_LINE = '\u0015';

/** Adds what was typed to a line, key by key. A terminal that echoes has edited it before, and made signals of Ctrl-C. */
function type(line: string, typed: string): Typed {
  let text = line;
  for (const key of typed) {
    if (key === '\r' || key === '\n') return { line: text, isDone: true };
    if (key === END_OF_INPUT) return { line: text, isDone: true, isEnd: text === '' };
    if (key === END_OF_TEXT) throw new PvevmError('INTERRUPTED', 'interrupted');
    if (key === ERASE_LINE) text = '';
    else text = key === '\u007f' || key === '\b' ? [...text].slice(0, -1).join('') : text + key;
  }
  return { line: text, isDone: false };
}

/**
 * Writes a question to standard error, and gives the line back that a person typed; undefined where the input ends (Ctrl-D)
 * before there is one. With `hidden` the terminal does not show it. Other questions may follow. Throws `INTERRUPTED` for
 * Ctrl-C.
 */
export async function readLine(
  question: string,
  io: Pick<Io, 'stdin' | 'stderr'>,
  { hidden = false }: { readonly hidden?: boolean } = {},
): Promise<string | undefined> {
  const terminal: Io['stdin'] & Terminal = io.stdin;
  const decoder = new TextDecoder();
  let typed: Typed = { line: '', isDone: false };
  io.stderr.write(question);
  if (hidden) terminal.setRawMode?.(true);
  try {
    // Another question may follow, so that standard input stays open.
    for await (const chunk of terminal.iterator?.({ destroyOnReturn: false }) ?? terminal) {
      typed = type(typed.line, typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
      if (typed.isDone) break;
    }
  } finally {
    if (hidden) terminal.setRawMode?.(false);
    // An open terminal that is read from would hold the process.
    terminal.pause?.();
    // Nothing has ended the line of the question yet.
    if (hidden || !typed.isDone) io.stderr.write('\n');
  }
  return typed.isDone && typed.isEnd !== true ? typed.line : undefined;
}
