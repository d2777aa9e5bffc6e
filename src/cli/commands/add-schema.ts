import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { SchemaOptions } from './schema.ts';

/** Adds `schema` to the program. */
export function addSchema(program: Command, context: CommandContext): void {
  program
    .command('schema')
    .summary('print the JSON Schema of documents')
    .description(
      'Prints the JSON Schema of a kind, or of any document. An editor that knows it completes keys and marks mistakes.',
    )
    .argument('[KIND]', 'a kind, as in vm; without it, any document')
    .option('--list', 'list the kinds')
    .addHelpText('after', '\nExamples:\n  pvevm schema > pvevm.schema.json\n  pvevm schema vm\n  pvevm schema --list')
    .action(async (kind: string | undefined, _options: unknown, command: Command) => {
      const { runSchema } = await import('./schema.ts');
      context.finish(await runSchema(kind, command.optsWithGlobals<SchemaOptions>(), context.io));
    });
}
