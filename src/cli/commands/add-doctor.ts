import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addConnectionOptions } from '../connection-options.ts';
import type { DoctorOptions } from './doctor.ts';

/** Adds `doctor` to the program. */
export function addDoctor(program: Command, context: CommandContext): void {
  const command = program
    .command('doctor')
    .summary('say what is wrong with the connection, and what the user may do')
    .description(
      'Checks which settings are used, whether the endpoints answer, how the server is verified, who the user is, the versions and clocks, and which privileges plan and apply lack, with the commands that grant them. Nothing is changed.',
    )
    .option(
      '--bundle <file>',
      'write what was found to a file, without names of hosts and users, addresses and secrets',
    )
    .option('-y, --yes', 'replace that file where it is there');
  addConnectionOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm doctor\n  pvevm doctor --verbose             with all privileges that are needed\n  pvevm doctor --context home --json\n  pvevm doctor --bundle doctor.json  for a bug report',
    )
    .action(async (_options: unknown, self: Command) => {
      const { runDoctor } = await import('./doctor.ts');
      context.finish(await runDoctor(self.optsWithGlobals<DoctorOptions>(), context.io));
    });
}
