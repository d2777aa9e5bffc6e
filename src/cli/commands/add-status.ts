import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addConnectionOptions } from '../connection-options.ts';
import { addFormat, settleFormat } from '../report-format.ts';
import { addOnly } from '../select.ts';
import { addVariableOptions } from '../variable-options.ts';
import type { StatusOptions } from './status.ts';

const WATCH_SECONDS = 5;
const MAX_SECONDS = 86_400;

function parseSeconds(value: string): number {
  if (value === '') return WATCH_SECONDS;
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : 0;
  if (seconds <= 0 || seconds > MAX_SECONDS) throw new InvalidArgumentError('It is a number of seconds.');
  return seconds;
}

/** Adds `status` to the program. */
export function addStatus(program: Command, context: CommandContext): void {
  const command = program
    .command('status')
    .summary('show what the resources are doing')
    .description(
      'Prints a row for each resource: its id and node, what it does, its addresses as far as its agent tells, what waits for a restart, and how many changes a plan would make. Nothing is changed.',
    )
    .argument('[PATH...]', 'files, folders, globs, or - for standard input; without PATH, the current folder')
    .option('--exit-code', 'exit with 2 where something is absent, or a plan would change something')
    .option(
      '--watch [=SECONDS]',
      `look again every ${WATCH_SECONDS} seconds, or as said, until interrupted`,
      parseSeconds,
    )
    .option('--wide', 'all columns and addresses, whatever the width of the terminal');
  addConnectionOptions(addVariableOptions(addOnly(addFormat(command, ['html']))))
    .addHelpText(
      'after',
      "\nExamples:\n  pvevm status\n  pvevm status guests/ --watch=2\n  pvevm status --exit-code --quiet       drift, for a scheduled job\n  pvevm status --format html > status.html\n  pvevm status --json | jq -r '.resources[].addresses[0].address'",
    )
    .action(async (paths: readonly string[], _options: unknown, self: Command) => {
      const { runStatus } = await import('./status.ts');
      context.finish(await runStatus(paths, settleFormat(self.optsWithGlobals<StatusOptions>()), context.io));
    });
}
