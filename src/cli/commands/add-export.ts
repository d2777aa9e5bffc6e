import { type Command, Option } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addConnectionOptions } from '../connection-options.ts';
import type { ExportCommandOptions } from './export.ts';

/** Adds `export` to the program. */
export function addExport(program: Command, context: CommandContext): void {
  const command = program
    .command('export')
    .summary('write live guests as documents')
    .description(
      'Reads live guests and writes documents that describe them as they are: planned as they stand, they change nothing.\nWhat a document cannot say is listed in comments below it and on standard error.',
    )
    .argument('<WHAT...>', 'vm/NAME, vm/ID or an id; "vm/*" for all guests that the token may see')
    .option('--node <name>', 'of vm/*, those that live on this node')
    .option('--tag <tag>', 'of vm/*, those that have this tag')
    .option('--power', 'write whether they run')
    .option('-o, --out <path>', 'write a file; with / at its end, a folder with a file for each guest')
    .option('--force', 'replace files that are there')
    .addOption(new Option('--format <format>', 'how documents are written').choices(['yaml']).default('yaml'));
  addConnectionOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm export vm/web-01 > web-01.yaml\n  pvevm export 101 102 -o guests.yaml\n  pvevm export "vm/*" --node pve1 -o guests/\n  pvevm export vm/web-01 | pvevm plan -',
    )
    .action(async (what: readonly string[], _options: unknown, self: Command) => {
      const { runExport } = await import('./export.ts');
      context.finish(await runExport(what, self.optsWithGlobals<ExportCommandOptions>(), context.io));
    });
}
