import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addConnectionOptions } from '../connection-options.ts';
import { addRunOptions, addShowRequests } from '../plan-options.ts';
import type { ReapOptions } from './reap.ts';

/** Adds `reap` to the program. */
export function addReap(program: Command, context: CommandContext): void {
  const command = program
    .command('reap')
    .summary('destroy the guests whose ttl is over')
    .description(
      'Destroys, with their volumes, the guests of a stack whose ttl is over by the server’s clock. No documents are needed: the end stands in the mark of each guest, and one without an end is never touched. A guest is asked to shut down, and stopped hard where it does not. What is protected stays.',
    )
    .option(
      '--stack <name>',
      'the stack; without it, that of the project here, and outside of a project guests without one',
    )
    .option('--dry-run', 'only print what would be destroyed');
  addConnectionOptions(addShowRequests(addRunOptions(command)))
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm reap --stack ci --dry-run\n  pvevm reap --stack ci -y    without a question, as in a scheduled job',
    )
    .action(async (_options: unknown, self: Command) => {
      const { runReap } = await import('./reap.ts');
      context.finish(await runReap(self.optsWithGlobals<ReapOptions>(), context.io));
    });
}
