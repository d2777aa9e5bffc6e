import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { GlobalOptions } from '../global-options.ts';

/** Adds `explain` to the program. */
export function addExplain(program: Command, context: CommandContext): void {
  program
    .command('explain')
    .summary('say what a field or an error means')
    .description(
      'Says what a field of documents means: its values, its default and when that applies, the key of Proxmox VE that it becomes, what a change of it does to a running guest, and the privilege that it needs. Of the code of an error it says what has happened, what that usually comes from, and what to do. Nothing is contacted.',
    )
    .argument(
      '[FIELD]',
      'a kind, a kind and a path, as in vm.disks.size, or an error, as in PVEVM-CONSENT; without it, the kinds',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm explain vm\n  pvevm explain vm.cpu\n  pvevm explain vm.disks.size\n  pvevm explain PVEVM-CONSENT',
    )
    .action(async (field: string | undefined, _options: unknown, command: Command) => {
      const { runExplain } = await import('./explain.ts');
      context.finish(await runExplain(field, command.optsWithGlobals<GlobalOptions>(), context.io));
    });
}
