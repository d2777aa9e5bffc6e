import { createTheme, type Theme } from '../report/theme.ts';
import { wantsColor } from './color.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Io } from './io.ts';

/** The version of the JSON documents that commands print; its first number changes when a reader could break. */
export const OUTPUT_FORMAT_VERSION = '1.0';

// JSON escapes C0; these reach a terminal as they are.
const UNSAFE_IN_JSON = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** A value as a JSON document for standard output, without a character that a terminal would obey. */
function toJsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replace(
    UNSAFE_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}

/** Where a command writes: results to standard output, messages to standard error. */
export interface Output {
  /** What was asked for. */
  result(text: string): void;
  /** What a person should know besides; left out with `--quiet`. */
  message(text: string): void;
  /** Errors and warnings. */
  problem(text: string): void;
  /** One JSON document. */
  json(value: unknown): void;
  /** The colours of standard output, and of standard error. */
  readonly resultTheme: Theme;
  readonly problemTheme: Theme;
}

/** Makes the output of a command. Texts end with a newline, which is added where it is missing. */
export function createOutput(io: Io, options: GlobalOptions): Output {
  const line = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  return {
    result: (text) => void io.stdout.write(line(text)),
    message: (text) => {
      if (options.quiet !== true) io.stderr.write(line(text));
    },
    problem: (text) => void io.stderr.write(line(text)),
    json: (value) => void io.stdout.write(toJsonText(value)),
    resultTheme: createTheme(wantsColor(options.color, io.stdout, io.env)),
    problemTheme: createTheme(wantsColor(options.color, io.stderr, io.env)),
  };
}
