import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addShowRequests } from '../plan-options.ts';
import { addFormat, settleFormat } from '../report-format.ts';
import type { ShowOptions } from './show.ts';

/** Adds `show` to the program. */
export function addShow(program: Command, context: CommandContext): void {
  const command = program
    .command('show')
    .summary('print a saved plan')
    .description('Prints a plan that plan -o has written, as plan printed it. Nothing is contacted.')
    .argument('<PLAN>', 'the file')
    .option('--explain', 'say of each value where it comes from: a line of a file, or a built-in default');
  addShowRequests(addFormat(command, ['markdown', 'html', 'junit']))
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm show plan.json\n  pvevm show plan.json --show-requests\n  pvevm show plan.json --format html > plan.html\n  pvevm show plan.json --json\n  pvevm show plan.json --format markdown     for a comment on a pull request',
    )
    .action(async (path: string, _options: unknown, self: Command) => {
      const { runShow } = await import('./show.ts');
      context.finish(await runShow(path, settleFormat(self.optsWithGlobals<ShowOptions>()), context.io));
    });
}
