import { PvevmError } from '../core/error.ts';
import type { Io } from './io.ts';
import { readLine } from './read-line.ts';

type AskIo = Pick<Io, 'stdin' | 'stderr'>;

const ONLY_YES = 'Only "yes" is accepted: ';

function unanswered(): PvevmError {
  return new PvevmError('INTERRUPTED', 'interrupted: the input ended before an answer');
}

/**
 * Asks a person for a line, and gives it back without blanks around it; the fallback for an empty one. The caller sees to
 * it that standard input is a terminal. Throws `INTERRUPTED` where the input ends before a line does.
 */
export async function askLine(question: string, io: AskIo, fallback = ''): Promise<string> {
  const line = await readLine(question, io);
  if (line === undefined) throw unanswered();
  return line.trim() === '' ? fallback : line.trim();
}

/**
 * Asks a person for a secret, which the terminal does not show. The caller sees to it that standard input is a terminal.
 * Throws `INTERRUPTED` for Ctrl-C and where the input ends, and `CONFIG` for an empty answer.
 */
export async function askSecret(question: string, io: AskIo): Promise<string> {
  const line = await readLine(question, io, { hidden: true });
  if (line === undefined) throw unanswered();
  if (line === '') throw new PvevmError('CONFIG', 'cannot go on: nothing was typed');
  return line;
}

/** Asks a person, and says whether the answer was `yes`, spelled out. Throws `INTERRUPTED` as `askLine` does. */
export async function askYes(question: string, io: AskIo): Promise<boolean> {
  return (await askLine(`${question} ${ONLY_YES}`, io)) === 'yes';
}

/** What a person has to type for a yes, and how that is asked for. */
export interface Answer {
  /** In any order, with blanks or commas between them. */
  readonly words: readonly string[];
  readonly ask: string;
}

const YES: Answer = { words: ['yes'], ask: ONLY_YES };

/**
 * Asks a person whether to go on, and says whether the answer was `yes`, spelled out, or what else it has to be; the end of
 * the input is a no. Throws `CONSENT` where standard input is no terminal: nobody is there to answer.
 */
export async function confirm(question: string, io: Io, { words, ask }: Answer = YES): Promise<boolean> {
  if (io.stdin.isTTY !== true) {
    throw new PvevmError('CONSENT', 'cannot ask whether to go on: standard input is no terminal', {
      hints: ['Look at the plan, and run the command again with --yes.'],
    });
  }
  const typed = (await readLine(`\n${question} ${ask}`, io)) ?? '';
  const given = typed.split(/[\s,]+/).filter((word) => word !== '');
  return given.length === words.length && words.every((word) => given.includes(word));
}
