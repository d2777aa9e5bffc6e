import type { Command } from 'commander';
import { PvevmError } from '../core/error.ts';
import type { SourceOptions } from '../spec/source.ts';
import { type Io, readStdin } from './io.ts';

/** The options that give variables. */
export interface VariableOptions {
  readonly var?: ReadonlyMap<string, string>;
  readonly varFile?: readonly string[];
}

function addVariable(value: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [, name, text] = /^([A-Za-z_][A-Za-z0-9_-]*)=(.*)$/s.exec(value) ?? [];
  if (name !== undefined && text !== undefined) return new Map(before).set(name, text);
  throw new PvevmError('USAGE', `--var cannot be '${value}'`, {
    hints: ['Write --var NAME=VALUE. A name is letters, digits, _ and -, and begins with a letter or _.'],
  });
}

/** Adds the options that give variables to a command that reads documents. */
export function addVariableOptions(command: Command): Command {
  return command
    .option('--var <name=value>', 'the value of a variable; may be repeated', addVariable)
    .option(
      '--var-file <file>',
      'a YAML map of variables; may be repeated, later ones win',
      (file: string, before: readonly string[] = []) => [...before, file],
    );
}

/** Where a command reads documents from, and the variables that they may ask for. */
export function sourceOf(io: Io, options: VariableOptions): SourceOptions {
  return {
    cwd: io.cwd,
    readStdin: () => readStdin(io),
    env: io.env,
    variables: options.var ?? new Map(),
    variableFiles: options.varFile ?? [],
    ...(io.hide === undefined ? {} : { tellSecret: io.hide }),
  };
}
