import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addOnly } from '../select.ts';
import { addVariableOptions } from '../variable-options.ts';
import type { RenderCommandOptions } from './render.ts';

/** Adds `render` to the program. */
export function addRender(program: Command, context: CommandContext): void {
  const command = program
    .command('render')
    .summary('print resolved documents')
    .description(
      'Prints documents as pvevm resolves them: with what the project file gives them written out, and built-in defaults as comments.\nBeside the same project file, the output plans the same. Nothing is contacted.',
    )
    .argument('[PATH...]', 'files, folders, globs, or - for standard input; without PATH, the current folder')
    .option('--origins', 'say of each value where it came from');
  addVariableOptions(addOnly(command))
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm render vm.yaml\n  pvevm render --origins guests/\n  pvevm render --json',
    )
    .action(async (paths: readonly string[], _options: unknown, self: Command) => {
      const { runRender } = await import('./render.ts');
      context.finish(await runRender(paths, self.optsWithGlobals<RenderCommandOptions>(), context.io));
    });
}
