import { type Command, Option } from 'commander';
import { PvevmError } from '../core/error.ts';

/** When output is coloured. */
export type ColorChoice = 'always' | 'never' | 'auto';

/** The options that every command has. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly debug?: boolean;
  readonly color?: ColorChoice;
}

/** The options whose value is optional: they take one only after `=`. */
const OPTIONAL_VALUE_OPTIONS: readonly string[] = ['--color', '--sandbox', '--adopt', '--watch'];

function parseColor(value: string): ColorChoice {
  if (value === '' || value === 'always') return 'always';
  if (value === 'never' || value === 'auto') return value;
  throw new PvevmError('USAGE', `--color cannot be '${value}'`, {
    hints: ['Write --color=always, --color=never or --color=auto.'],
  });
}

/** Adds the options that every command has. */
export function addGlobalOptions(program: Command): void {
  program
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print results and errors only')
    .option('-v, --verbose', 'print more')
    .option('--debug', 'print stacks of errors')
    .addOption(new Option('--color [=WHEN]', 'colour: always, never or auto').argParser(parseColor));
}

/**
 * The arguments, with an `=` after each option whose value is optional and that has none: commander would take the
 * next argument for its value. What follows `--` stays.
 */
export function markOptionalValues(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return argv.map((argument, index) =>
    (end === -1 || index < end) && OPTIONAL_VALUE_OPTIONS.includes(argument) ? `${argument}=` : argument,
  );
}
