import { Argument, type Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { GlobalOptions } from '../global-options.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** The shells that completion is made for. */
export type Shell = (typeof SHELLS)[number];

/** Adds `completion` to the program. */
export function addCompletion(program: Command, context: CommandContext): void {
  program
    .command('completion')
    .summary('print the script that completes command lines in a shell')
    .description(
      'Prints a script by which the shell completes commands, options, their values, files, and the resources and tags of the documents in the folder. No server is asked for it.',
    )
    .addArgument(new Argument('<SHELL>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(pvevm completion bash)              in ~/.bashrc\n  source <(pvevm completion zsh)               in ~/.zshrc, behind compinit\n  pvevm completion fish > ~/.config/fish/completions/pvevm.fish\n  pvevm completion powershell | Out-String | Invoke-Expression',
    )
    .action(async (shell: Shell, _options: unknown, self: Command) => {
      const { runCompletion } = await import('./completion.ts');
      context.finish(runCompletion(shell, self.optsWithGlobals<GlobalOptions>(), context.io));
    });
}
