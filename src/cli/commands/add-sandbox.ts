import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { ResetOptions, ServeOptions } from './sandbox.ts';
import type { LoadOptions } from './sandbox-load.ts';

const FOLDER = 'the folder of its state; .pvevm/sandbox unless given';

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Adds `sandbox` to the program. */
export function addSandbox(program: Command, context: CommandContext): void {
  const sandbox = program
    .command('sandbox')
    .usage('COMMAND [options]')
    .summary('keep the embedded Proxmox VE simulator running, load a cluster into it, or reset it')
    .description(
      'The simulator speaks the Proxmox VE API over HTTPS, on this machine only: three nodes, local and shared storages, and no guests at first. Every command that connects can use it with --sandbox, without serving it.',
    );
  sandbox
    .command('serve')
    .summary('serve the simulator until Ctrl-C')
    .description('Serves the simulator until Ctrl-C, and prints how to reach it. Its state stays in its folder.')
    .argument('[DIR]', FOLDER)
    .option('--dir <dir>', 'the same')
    .option('--port <n>', 'the port; any that is free unless given')
    .option(
      '--world <name>',
      'what a new one starts from: small (unless given), cluster, broken-storage, large, recorded',
    )
    .option('--pve-version <version>', 'the version of Proxmox VE that a new one is: 9.2 (unless given), 9.1, 8.4, 7.4')
    .option('--task-time <duration>', 'how long each task takes; 500ms unless given')
    .option('--time-factor <n>', 'how many times faster than ours its time runs')
    .option('--resources-lag <duration>', 'how late /cluster/resources shows changes; 0s unless given')
    .option('--seed <n>', 'the same number gives the same ids and addresses')
    .option(
      '--fault <rule>',
      "what is to go wrong, as in 'POST /nodes/*/qemu status=596 after=effect'; repeatable",
      collect,
    )
    .option('--faults <file>', 'a YAML or JSON file with a list of such rules')
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm sandbox serve\n  pvevm sandbox serve ./cluster --world cluster --port 8006 --task-time 2s',
    )
    .action(async (folder: string | undefined, _options: unknown, self: Command) => {
      const { runSandboxServe } = await import('./sandbox.ts');
      context.finish(await runSandboxServe(folder, self.optsWithGlobals<ServeOptions>(), context.io));
    });
  sandbox
    .command('load')
    .summary('make a simulator of a copy of a real /etc/pve')
    .description(
      'Makes a new simulator of a copy of a real /etc/pve, so that plans can be made offline against it. The copy is only read; what is not configuration is made up, and what cannot be used is said.',
    )
    .argument('<DIR>', 'the copy of /etc/pve')
    .option('--dir <dir>', FOLDER)
    .option('--pve-version <version>', 'the version of Proxmox VE that it is: 9.2 (unless given), 9.1, 8.4, 7.4')
    .addHelpText('after', '\nExamples:\n  pvevm sandbox load ./etc-pve\n  pvevm plan --sandbox vm.yaml')
    .action(async (source: string, _options: unknown, self: Command) => {
      const { runSandboxLoad } = await import('./sandbox-load.ts');
      context.finish(runSandboxLoad(source, self.optsWithGlobals<LoadOptions>(), context.io));
    });
  sandbox
    .command('reset')
    .summary('delete the state of the simulator')
    .description('Deletes the state of the simulator, so that it starts anew.')
    .argument('[DIR]', FOLDER)
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExamples:\n  pvevm sandbox reset -y')
    .action(async (folder: string | undefined, _options: unknown, self: Command) => {
      const { runSandboxReset } = await import('./sandbox.ts');
      context.finish(await runSandboxReset(folder, self.optsWithGlobals<ResetOptions>(), context.io));
    });
}
