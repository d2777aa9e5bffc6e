import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { GlobalOptions } from '../global-options.ts';

/** Adds `explain` to the program. */
export function addExplain(program: Command, context: CommandContext): void {
  program
    .command('explain')
    .summary('say what a field means')
    .description(
      'Says what a field of documents means: its values, its default and when that applies, the key of Proxmox VE that it becomes,\nwhat a change of it does to a running guest, and the privilege that it needs. Nothing is contacted.',
    )
    .argument('[FIELD]', 'a kind, or a kind and a path, as in vm.disks.size; without it, the kinds')
    .addHelpText('after', '\nExamples:\n  pvevm explain vm\n  pvevm explain vm.cpu\n  pvevm explain vm.disks.size')
    .action(async (field: string | undefined, _options: unknown, command: Command) => {
      const { runExplain } = await import('./explain.ts');
      context.finish(await runExplain(field, command.optsWithGlobals<GlobalOptions>(), context.io));
    });
}
