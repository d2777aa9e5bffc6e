import type { Argument, Command, Option } from 'commander';

/** An option, as its definition says. */
export interface OptionFacts {
  /** As help shows it: `-o, --out <file>`. */
  readonly flags: string;
  readonly long: string;
  readonly short: string | undefined;
  /** The word for its value: `file`; undefined where it takes none. */
  readonly value: string | undefined;
  /** Whether the value may be left out; then it follows `=` only. */
  readonly isValueOptional: boolean;
  readonly choices: readonly string[];
  readonly description: string;
}

/** An argument, as its definition says. */
export interface ArgumentFacts {
  readonly name: string;
  readonly isVariadic: boolean;
  readonly choices: readonly string[];
  readonly description: string;
}

/** A command with its options, arguments and commands: help, completion and the man page are made of it. */
export interface CommandFacts {
  /** `sandbox serve`; empty for the program. */
  readonly path: string;
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly description: string;
  readonly arguments: readonly ArgumentFacts[];
  readonly options: readonly OptionFacts[];
  readonly commands: readonly CommandFacts[];
  /** What help prints last: examples, and more of the program. */
  readonly epilogue: string;
}

function optionFacts({ flags, long, short, argChoices = [], optional, description }: Option): OptionFacts {
  const value = /[<[]=?([^>\]]+)[>\]]/.exec(flags)?.[1];
  return {
    flags: flags.replace(/ \[=/, '[='),
    long: long ?? '',
    short,
    value,
    isValueOptional: optional,
    choices: argChoices,
    description,
  };
}

function argumentFacts(argument: Argument): ArgumentFacts {
  const { variadic, argChoices = [], description } = argument;
  return { name: argument.name(), isVariadic: variadic, choices: argChoices, description };
}

/** What follows the help proper, which nothing but printing it tells. */
function epilogueOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text.slice(command.helpInformation().length).trim();
}

/** What a command's definition says, and those of the commands below it; hidden ones are left out. The command is of no other use afterwards. */
export function describeCommand(command: Command, parent = ''): CommandFacts {
  const help = command.createHelp();
  const path = command.parent === null ? '' : `${parent} ${command.name()}`.trim();
  return {
    path,
    name: command.name(),
    usage: `${['pvevm', path].filter((part) => part !== '').join(' ')} ${command.usage()}`,
    summary: command.summary(),
    description: command.description(),
    arguments: command.registeredArguments.map(argumentFacts),
    options: help.visibleOptions(command).map(optionFacts),
    commands: help
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help')
      .map((child) => describeCommand(child, path)),
    epilogue: epilogueOf(command),
  };
}
