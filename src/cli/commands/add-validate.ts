import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addFormat, settleFormat } from '../report-format.ts';
import { addVariableOptions } from '../variable-options.ts';
import type { ValidateOptions } from './validate.ts';

/** Adds `validate` to the program. */
export function addValidate(program: Command, context: CommandContext): void {
  const command = program
    .command('validate')
    .summary('check documents; nothing is contacted')
    .description(
      'Checks the documents of files, folders, globs and - (standard input); without PATH, of the current folder.\nShows every mistake with its place and what was probably meant. Nothing is contacted.',
    )
    .argument('[PATH...]', 'files, folders, globs, or - for standard input');
  addVariableOptions(addFormat(command, ['junit', 'codequality']))
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm validate\n  pvevm validate vm.yaml guests/ --verbose\n  generate | pvevm validate - --json\n  pvevm validate --format junit > report.xml      what is wrong, as test results\n  pvevm validate --format codequality             for merge requests of GitLab',
    )
    .action(async (paths: readonly string[], _options: unknown, self: Command) => {
      const { runValidate } = await import('./validate.ts');
      context.finish(await runValidate(paths, settleFormat(self.optsWithGlobals<ValidateOptions>()), context.io));
    });
}
