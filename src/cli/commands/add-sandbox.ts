import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { ResetOptions, ServeOptions } from './sandbox.ts';

const FOLDER = 'the folder of its state; .pvevm/sandbox unless given';

/** Adds `sandbox` to the program. */
export function addSandbox(program: Command, context: CommandContext): void {
  const sandbox = program
    .command('sandbox')
    .usage('COMMAND [options]')
    .summary('keep the embedded Proxmox VE simulator running, or reset it')
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
    .option('--task-time <duration>', 'how long each task takes; 500ms unless given')
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm sandbox serve\n  pvevm sandbox serve ./cluster --port 8006 --task-time 2s --verbose',
    )
    .action(async (folder: string | undefined, _options: unknown, self: Command) => {
      const { runSandboxServe } = await import('./sandbox.ts');
      context.finish(await runSandboxServe(folder, self.optsWithGlobals<ServeOptions>(), context.io));
    });
  sandbox
    .command('reset')
    .summary('delete its state')
    .description('Deletes the state of the simulator, so that it starts anew.')
    .argument('[DIR]', FOLDER)
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExamples:\n  pvevm sandbox reset -y')
    .action(async (folder: string | undefined, _options: unknown, self: Command) => {
      const { runSandboxReset } = await import('./sandbox.ts');
      context.finish(await runSandboxReset(folder, self.optsWithGlobals<ResetOptions>(), context.io));
    });
}
