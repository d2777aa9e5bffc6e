import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addConnectionOptions } from '../connection-options.ts';
import {
  addAdopt,
  addAllow,
  addPrune,
  addRenew,
  addRollback,
  addRotateSecrets,
  addRunOptions,
  addShowRequests,
  type RunCommandOptions,
} from '../plan-options.ts';
import { addOnly } from '../select.ts';
import { addVariableOptions } from '../variable-options.ts';

/** Adds `apply` to the program. */
export function addApply(program: Command, context: CommandContext): void {
  const command = program
    .command('apply')
    .summary('bring the guests to the state that the documents describe')
    .description(
      'Plans, shows the plan, asks, and carries it out step by step. A saved plan is carried out as it is, without a question; it is refused where the cluster has changed since.\nA guest that somebody else changes meanwhile is planned anew once, shown, and gone on with, unless that takes more than the plan named; a saved plan is not.\nInterrupted (Ctrl-C), it finishes the steps that run and begins no others; run it again to go on.',
    )
    .argument(
      '[PATH...]',
      'files, folders, globs, - for standard input, or a saved plan; without PATH, the current folder',
    );
  addRenew(
    addRotateSecrets(addAdopt(addShowRequests(addAllow(addPrune(addOnly(addRollback(addRunOptions(command)))))))),
  );
  addConnectionOptions(addVariableOptions(command))
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm apply --sandbox vm.yaml          try it, without a Proxmox VE server\n  pvevm apply vm.yaml -y                 without a question, as in CI\n  pvevm apply plan.json                  what pvevm plan -o plan.json has shown\n  pvevm apply --allow restart,data-loss  allow the effects that the plan names\n  pvevm apply --only vm/web-01           one guest, and what it is made from\n  pvevm apply --prune --allow data-loss  remove what no document describes',
    )
    .action(async (paths: readonly string[], _options: unknown, self: Command) => {
      const { runApply } = await import('./apply.ts');
      context.finish(await runApply(paths, self.optsWithGlobals<RunCommandOptions>(), context.io));
    });
}
