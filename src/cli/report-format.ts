import { type Command, Option } from 'commander';
import { PvevmError } from '../core/error.ts';

/** The options that say in which form a report is printed. */
export interface FormatOptions {
  /** A name of `addFormat`; absent for text. */
  readonly format?: string;
  readonly json?: boolean;
}

/** Adds the option that says in which form a report is printed. `formats` are what it takes besides `text` and `json`. */
export function addFormat(command: Command, formats: readonly string[]): Command {
  return command.addOption(
    new Option('--format <format>', 'how it is printed; json is the same as --json').choices([
      'text',
      'json',
      ...formats,
    ]),
  );
}

/** The options with `json` set where `--format json` asks for it. Throws `USAGE` where `--json` stands beside another form. */
export function settleFormat<Options extends FormatOptions>(options: Options): Options {
  const { format, json } = options;
  if (json === true && format !== undefined && format !== 'json')
    throw new PvevmError('USAGE', `cannot print --json and --format ${format} at once`, {
      hints: ['Leave one of them out.'],
    });
  return format === 'json' ? { ...options, json: true } : options;
}
