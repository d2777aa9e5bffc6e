import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../core/units.ts';
import type { CommandContext } from '../command-context.ts';
import { addConnectionOptions } from '../connection-options.ts';
import { addFormat, settleFormat } from '../report-format.ts';
import { addOnly } from '../select.ts';
import { addVariableOptions } from '../variable-options.ts';
import type { OutputOptions } from './output.ts';

function parseWait(value: string): number {
  const milliseconds = parseDuration(value);
  if (milliseconds === undefined) throw new InvalidArgumentError('It is a duration, as in 90s or 5m.');
  return milliseconds;
}

/** Adds `output` to the program. */
export function addOutput(program: Command, context: CommandContext): void {
  const command = program
    .command('output')
    .summary('print addresses and ids of the guests, for other programs')
    .description(
      'Prints the ids, nodes and IP addresses of the guests that the documents describe, as they are now: as JSON, as variables of a shell, as an ssh config, or as an Ansible inventory. Addresses are those that the guest agents show. Nothing is changed.\nA guest that does not exist, or shows no address, is said on standard error, and the exit code is 9; what is known is printed all the same. Into an ssh config and an inventory only guests with an address come.',
    )
    .argument('[PATH...]', 'files, folders, globs, or - for standard input; without PATH, the current folder')
    .option('--wait <duration>', 'how long to wait for guests that run and show no address yet', parseWait);
  const formats = ['shell', 'ssh-config', 'ansible', 'ansible-yaml'];
  addConnectionOptions(addVariableOptions(addOnly(addFormat(command, formats))))
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm output\n  pvevm output --format json --wait 2m\n  eval "$(pvevm output vm.yaml --format shell)"\n  pvevm output --format ssh-config > ssh.conf && ssh -F ssh.conf web-01\n  pvevm output --format ansible-yaml > inventory.yaml',
    )
    .action(async (paths: readonly string[], _options: unknown, self: Command) => {
      const { runOutput } = await import('./output.ts');
      context.finish(await runOutput(paths, settleFormat(self.optsWithGlobals<OutputOptions>()), context.io));
    });
}
