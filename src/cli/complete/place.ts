import type { ArgumentFacts, CommandFacts, OptionFacts } from '../program-text/describe-program.ts';

/** What is being written where the cursor stands. */
export type Place =
  | { readonly type: 'nothing' }
  /** A command, an option (where the word begins with a hyphen), or an argument. */
  | { readonly type: 'word'; readonly argument: ArgumentFacts | undefined }
  /** The value of an option; `prefix` is what stands before it in the same word: `--only=`. */
  | { readonly type: 'value'; readonly option: OptionFacts; readonly prefix: string };

/** A place on a command line. */
export interface Located {
  readonly place: Place;
  readonly command: CommandFacts;
  /** The options of all commands down to this one. */
  readonly options: readonly OptionFacts[];
  /** The arguments that stand before the cursor. */
  readonly arguments: readonly string[];
  /** The options that stand before the cursor, by their long names, with their values; empty for one without a value. */
  readonly given: ReadonlyMap<string, string>;
}

function findOption(options: readonly OptionFacts[], word: string): OptionFacts | undefined {
  return options.find(({ long, short }) => long === word || short === word);
}

/** Whether an option takes the next word for its value. */
function takesNext({ value, isValueOptional }: OptionFacts): boolean {
  return value !== undefined && !isValueOptional;
}

/** The argument that the next one is. */
function argumentAt(command: CommandFacts, index: number): ArgumentFacts | undefined {
  const last = command.arguments.at(-1);
  return command.arguments[index] ?? (last?.isVariadic === true ? last : undefined);
}

/** Finds out what is written at the end of a command line: `before` are its whole words without the program's name, `word` the one at the cursor. */
export function locate(program: CommandFacts, before: readonly string[], word: string): Located {
  let command = program;
  let options = program.options;
  let pending: OptionFacts | undefined;
  const found: string[] = [];
  const given = new Map<string, string>();
  for (const one of before) {
    if (pending !== undefined) {
      given.set(pending.long, one);
      pending = undefined;
      continue;
    }
    // Behind it stands somebody else's command, or paths that begin with a hyphen.
    if (one === '--') return { place: { type: 'nothing' }, command, options, arguments: found, given };
    if (one.startsWith('-') && one !== '-') {
      const [, name = one, value] = /^(--[^=]+)=(.*)$/s.exec(one) ?? [];
      const option = findOption(options, name);
      if (option !== undefined && takesNext(option) && value === undefined) pending = option;
      else if (option !== undefined) given.set(option.long, value ?? '');
      continue;
    }
    const child = found.length === 0 ? command.commands.find(({ name }) => name === one) : undefined;
    if (child === undefined) found.push(one);
    else {
      command = child;
      options = [...options, ...child.options.filter(({ long }) => findOption(options, long) === undefined)];
    }
  }
  const rest = { command, options, arguments: found, given };
  if (pending !== undefined) return { ...rest, place: { type: 'value', option: pending, prefix: '' } };
  const [, long = '', equals] = /^(--[^=]+)(=)?/.exec(word) ?? [];
  const option = equals === undefined ? undefined : findOption(options, long);
  if (option?.value !== undefined) return { ...rest, place: { type: 'value', option, prefix: `${long}=` } };
  return { ...rest, place: { type: 'word', argument: argumentAt(command, found.length) } };
}
