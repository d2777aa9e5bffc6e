import type { CommandFacts, OptionFacts } from './describe-program.ts';

/** A text as roff takes it: nothing in it is a request, an escape or a typographic quote. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', "'")
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('…', '\\&...')
    .replace(/^\./gm, '\\&.');
}

function paragraphs(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => ['.PP', roff(line)]);
}

/** Lines that stay as they are. */
function verbatim(text: string): readonly string[] {
  return ['.nf', ...text.split('\n').map((line) => (line === '' ? '.sp' : roff(line))), '.fi'];
}

function entry(term: string, description: string): readonly string[] {
  return ['.TP', `\\fB${roff(term)}\\fR`, roff(description === '' ? '-' : description)];
}

function optionEntry({ flags, description, choices }: OptionFacts): readonly string[] {
  const known = choices.length === 0 ? '' : ` (${choices.join(', ')})`;
  return entry(flags, `${description}${known}`);
}

/** A command that has others below it speaks through those. */
function leaves(command: CommandFacts): readonly CommandFacts[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

function commandSection(command: CommandFacts, global: ReadonlySet<string>): readonly string[] {
  const { usage, description, epilogue } = command;
  const own = command.options.filter(({ long }) => !global.has(long));
  return [
    `.SS ${roff(usage)}`,
    ...paragraphs(description).slice(1),
    ...command.arguments.flatMap((argument) => entry(argument.name, argument.description)),
    ...own.flatMap(optionEntry),
    ...(epilogue === '' ? [] : ['.PP', ...verbatim(epilogue)]),
  ];
}

/**
 * The manual page of the program, in roff (man 7): all commands, their options and examples, the exit codes, and where it
 * connects, from the command definitions. It holds no date, so that two builds give the same bytes.
 */
export function manPage(program: CommandFacts, version: string): string {
  const global = new Set(program.options.map(({ long }) => long));
  const commands = program.commands.flatMap(leaves);
  const epilogue = `\n${program.epilogue}\n`;
  // The sections of the program's help that help prints last.
  const [, connection = '', exits = ''] = /\nConnection:\n(.*)\n\nExit codes:\n(.*)\n/s.exec(epilogue) ?? [];
  const lines = [
    `.TH PVEVM 1 "" "pvevm ${version}" "User Commands"`,
    '.SH NAME',
    `pvevm \\- ${roff(program.description.charAt(0).toLowerCase() + program.description.slice(1).replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    roff(program.usage),
    '.SH COMMANDS',
    ...commands.flatMap(({ path, summary }) => entry(path, summary)),
    '.SH OPTIONS OF EVERY COMMAND',
    ...program.options.flatMap(optionEntry),
    '.SH CONNECTION',
    ...verbatim(connection),
    '.SH COMMANDS IN DETAIL',
    ...commands.flatMap((command) => commandSection(command, global)),
    '.SH EXIT STATUS',
    ...verbatim(exits),
    '.SH FILES',
    ...entry('pvevm.yaml', 'The project file: what the documents of a folder, and of those below it, share.'),
    ...entry('~/.config/pvevm/config.yaml', 'The contexts that pvevm login has made.'),
    '.SH SEE ALSO',
    roff('pvevm explain FIELD says what a field of documents means, and pvevm explain PVEVM-CODE what an error means.'),
  ];
  return `${lines.join('\n')}\n`;
}
