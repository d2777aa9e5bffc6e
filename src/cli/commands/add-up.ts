import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../core/units.ts';
import { parseTtl } from '../../core/until.ts';
import type { CommandContext } from '../command-context.ts';
import { addConnectionOptions } from '../connection-options.ts';
import { addAllow, addRunOptions } from '../plan-options.ts';
import { addOnly } from '../select.ts';
import type { UpOptions } from '../up/up-run.ts';
import { addVariableOptions } from '../variable-options.ts';

function parseWait(value: string): number {
  const milliseconds = parseDuration(value);
  if (milliseconds === undefined) throw new InvalidArgumentError('It is a duration, as in 90s or 5m.');
  return milliseconds;
}

function parseLifetime(value: string): string {
  if (parseTtl(value) === undefined) throw new InvalidArgumentError('It is a lifetime, as in 30m, 4h or 2d.');
  return value;
}

/** Adds `up` to the program. */
export function addUp(program: Command, context: CommandContext): void {
  const command = program
    .command('up')
    .usage('[options] [PATH...] -- COMMAND [ARGUMENT...]')
    .summary('make guests, run a command, destroy them')
    .description(
      'Applies the documents, waits until the guests show their addresses, runs the command, and destroys the guests that it has created, however the command or the run ends. Guests that were there before stay. Standard output is the command’s alone, and so is the exit code, unless pvevm itself fails.\nThe command finds PVEVM_VM_NAME_ADDRESS, PVEVM_VM_NAME_VMID and PVEVM_VM_NAME_NODE for each guest (vm/web-01 is WEB_01), and PVEVM_OUTPUT, a file as status --json prints it.',
    )
    .argument('[PATH...]', 'files, folders, globs, or - for standard input; without PATH, the current folder')
    .option('--keep', 'leave the guests in the end: pvevm reap destroys them when their ttl is over')
    .option('--keep-on-failure', 'leave them where something fails, to look at')
    .option('--ttl <lifetime>', 'of guests whose document has no ttl (1h unless given)', parseLifetime)
    .option('--wait <duration>', 'how long the guests may take to show an address (5m unless given)', parseWait)
    .option('--no-wait', 'take the addresses that are known right after the start');
  addConnectionOptions(addVariableOptions(addAllow(addOnly(addRunOptions(command)))))
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm up --sandbox ci.yaml -- ./test.sh\n  pvevm up ci.yaml -- sh -c \'ssh "ci@$PVEVM_VM_CI_01_ADDRESS" make test\'\n  pvevm up ci.yaml --keep-on-failure -- ./test.sh\n  pvevm reap --stack ci -y                   what a run that was killed has left',
    )
    .action(async (paths: readonly string[], _options: unknown, self: Command) => {
      const { runUp } = await import('./up.ts');
      context.finish(await runUp(paths, context.command, self.optsWithGlobals<UpOptions>(), context.io));
    });
}
