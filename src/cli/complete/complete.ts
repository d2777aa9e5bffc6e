import { sanitizeLine } from '../../core/sanitize.ts';
import { systemClock } from '../../pve/clock.ts';
import type { Io } from '../io.ts';
import type { OptionFacts } from '../program-text/describe-program.ts';
import { programFacts } from '../program-text/program-facts.ts';
import { type Located, locate } from './place.ts';
import { type Candidate, NO_VALUES, type Values, valuesOfArgument, valuesOfOption } from './values.ts';

// Somebody waits with a finger on the key: a folder that takes longer to read than this gives nothing.
const LIMIT_MS = 2000;
const MAX_CANDIDATES = 500;
// No shell makes anything else of such a word: some put it on the command line as it is.
const PLAIN = /^[\p{L}\p{N}_.,:=@/+-]+$/u;

function withoutQuotes(word: string): string {
  return word.replace(/^(["'])(.*?)\1?$/s, '$2');
}

function optionCandidates(options: readonly OptionFacts[]): readonly Candidate[] {
  return options
    .map(({ long, value, isValueOptional, description }) => ({
      value: value !== undefined && !isValueOptional ? `${long}=` : long,
      description,
    }))
    .sort((left, right) => (left.value < right.value ? -1 : 1));
}

async function valuesAt(at: Located, word: string, io: Io): Promise<Values> {
  const { place, command, options } = at;
  switch (place.type) {
    case 'nothing':
      return NO_VALUES;
    case 'value': {
      const { from, candidates } = await valuesOfOption(place.option, word.slice(place.prefix.length), at, io);
      return { from, candidates: candidates.map((one) => ({ ...one, value: place.prefix + one.value })) };
    }
    case 'word': {
      if (word.startsWith('-')) return { from: 'values', candidates: optionCandidates(options) };
      if (command.commands.length === 0) return valuesOfArgument(word, at, io);
      const commands = command.commands.map(({ name, summary }) => ({ value: name, description: summary }));
      return { from: 'values', candidates: at.arguments.length === 0 ? commands : [] };
    }
  }
}

/** An answer for the scripts of the shells: where the values come from, then a line for each, with its description behind a tab. */
export function formatAnswer({ from, candidates }: Values, word: string): string {
  const matching = candidates.filter(({ value }) => value.startsWith(word)).slice(0, MAX_CANDIDATES);
  const lines = [...new Map(matching.map((one) => [one.value, one])).values()]
    .filter(({ value }) => PLAIN.test(value))
    .map(({ value, description }) => `${value}\t${sanitizeLine(description)}`);
  return [from, ...lines].map((line) => `${line}\n`).join('');
}

/**
 * Prints what may stand at the end of a command line. `argv`: the word at the cursor behind a `=`, then the whole words
 * before it. Asks a server for nothing but what `export` may name, prints no error, and takes no longer than a person
 * waits: what cannot be found out is not offered.
 */
export async function runComplete(
  [current = '=', ...before]: readonly string[],
  version: string,
  io: Io,
): Promise<number> {
  const word = withoutQuotes(current.slice(1));
  const at = locate(programFacts(version), before.map(withoutQuotes), word);
  const stop = new AbortController();
  const late = systemClock.sleep(LIMIT_MS, stop.signal).then(
    () => NO_VALUES,
    () => NO_VALUES,
  );
  const values = await Promise.race([valuesAt(at, word, io).catch(() => NO_VALUES), late]);
  stop.abort();
  io.stdout.write(formatAnswer(values, word));
  return 0;
}
