import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { FormatOptions } from './fmt.ts';

/** Adds `fmt` to the program. */
export function addFmt(program: Command, context: CommandContext): void {
  program
    .command('fmt')
    .summary('put documents in canonical form')
    .description(
      'Rewrites documents and project files in canonical form: keys in the order of the schema, two columns for each level. Comments, blank lines and quotes stay, and what a document means never changes. A file that does not parse is left alone. Prints the files that it changed.',
    )
    .argument(
      '[PATH...]',
      'files, folders, globs, or - to read standard input and print the result; without PATH, the current folder',
    )
    .option(
      '--check',
      'change nothing: list the files that are not in canonical form, and exit with 1 if there are any',
    )
    .addHelpText('after', '\nExamples:\n  pvevm fmt\n  pvevm fmt --check guests/     for CI\n  pvevm fmt - < vm.yaml')
    .action(async (paths: readonly string[], _options: unknown, command: Command) => {
      const { runFmt } = await import('./fmt.ts');
      context.finish(await runFmt(paths, command.optsWithGlobals<FormatOptions>(), context.io));
    });
}
