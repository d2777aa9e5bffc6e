import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { RemoveContextOptions } from './context.ts';

/** Adds `context` to the program. */
export function addContext(program: Command, context: CommandContext): void {
  const command = program
    .command('context')
    .usage('COMMAND [options]')
    .summary('list, choose and remove the clusters that you have named')
    .description(
      'A context is a name for a cluster and the way to sign in to it: pvevm login makes them. They are kept in $XDG_CONFIG_HOME/pvevm/config.yaml, or ~/.config/pvevm/config.yaml.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm context list\n  pvevm context use home\n  pvevm plan --context lab vm.yaml           just this once\n  pvevm context remove lab -y',
    );
  command
    .command('list')
    .summary('list the contexts, and say which settings are in effect')
    .description(
      'Lists the contexts: where they lead, how they sign in, and which is current. Says which settings a command would use in this folder, and why.',
    )
    .action(async (_options: unknown, self: Command) => {
      const { runContextList } = await import('./context.ts');
      context.finish(await runContextList(self.optsWithGlobals<GlobalOptions>(), context.io));
    });
  command
    .command('use')
    .summary('make a context the current one')
    .description('Makes a context the current one: it is used where neither options nor variables say otherwise.')
    .argument('NAME', 'the name of a context')
    .action(async (name: string, _options: unknown, self: Command) => {
      const { runContextUse } = await import('./context.ts');
      context.finish(await runContextUse(name, self.optsWithGlobals<GlobalOptions>(), context.io));
    });
  command
    .command('remove')
    .summary('remove a context')
    .description('Removes a context from this machine. Its token stays valid on the cluster.')
    .argument('NAME', 'the name of a context')
    .option('-y, --yes', 'do not ask')
    .action(async (name: string, _options: unknown, self: Command) => {
      const { runContextRemove } = await import('./context.ts');
      context.finish(await runContextRemove(name, self.optsWithGlobals<RemoveContextOptions>(), context.io));
    });
}
