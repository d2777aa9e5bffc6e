import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addConnectionOptions } from '../connection-options.ts';
import { addAllow, addRunOptions, addShowRequests, type RunCommandOptions } from '../plan-options.ts';
import { addOnly } from '../select.ts';
import { addVariableOptions } from '../variable-options.ts';

/** Adds `destroy` to the program. */
export function addDestroy(program: Command, context: CommandContext): void {
  const command = program
    .command('destroy')
    .summary('remove the guests that the documents describe')
    .description(
      'Removes the guests that the documents describe, with their volumes: shows every one of them, asks, shuts the guests down and destroys them. Only guests that pvevm made or took over are touched.',
    )
    .argument('[PATH...]', 'files, folders, globs, or - for standard input; without PATH, the current folder');
  addShowRequests(addAllow(addOnly(addRunOptions(command))));
  addConnectionOptions(addVariableOptions(command))
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm destroy --sandbox vm.yaml\n  pvevm destroy ci-runner.yaml -y          without a question, as in CI\n  pvevm destroy vm.yaml --allow hard-stop  stop hard what does not shut down\n  pvevm destroy --only tag=ci              some guests of the folder',
    )
    .action(async (paths: readonly string[], _options: unknown, self: Command) => {
      const { runDestroy } = await import('./destroy.ts');
      context.finish(await runDestroy(paths, self.optsWithGlobals<RunCommandOptions>(), context.io));
    });
}
