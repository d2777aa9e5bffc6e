import { toJsonText } from '../report/json-text.ts';
import { createTheme, type Theme } from '../report/theme.ts';
import { wantsColor } from './color.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Io } from './io.ts';

/** The version of the JSON documents that commands print; its first number changes when a reader could break. */
export const OUTPUT_FORMAT_VERSION = '1.0';

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
  /** To how many columns sentences on standard error are wrapped; undefined where nobody says how wide it is. */
  readonly problemWidth: number | undefined;
  /** The same of standard output. */
  readonly resultWidth: number | undefined;
}

// Wider than this, the eye loses the line; narrower, there is a word a line.
const MAX_WIDTH = 110;
const MIN_WIDTH = 60;

function widthOf(columns: number | undefined): number | undefined {
  return columns === undefined || columns < MIN_WIDTH ? undefined : Math.min(columns, MAX_WIDTH);
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
    json: (value) => void io.stdout.write(toJsonText(value, 2)),
    resultTheme: createTheme(wantsColor(options.color, io.stdout, io.env)),
    problemTheme: createTheme(wantsColor(options.color, io.stderr, io.env)),
    problemWidth: widthOf(io.stderr.columns),
    resultWidth: widthOf(io.stdout.columns),
  };
}
