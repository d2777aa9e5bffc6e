import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addConnectionOptions } from '../connection-options.ts';
import { addAdopt, addAllow, addPrune, addRenew, addRotateSecrets, addShowRequests } from '../plan-options.ts';
import { addFormat, settleFormat } from '../report-format.ts';
import { addOnly } from '../select.ts';
import { addVariableOptions } from '../variable-options.ts';
import type { PlanOptions } from './plan.ts';

/** Adds `plan` to the program. */
export function addPlan(program: Command, context: CommandContext): void {
  const command = program
    .command('plan')
    .summary('show what apply would do')
    .description(
      'Reads the live cluster and prints what would change, and what each change does to a running guest. Nothing is changed: planning can only read.',
    )
    .argument('[PATH...]', 'files, folders, globs, or - for standard input; without PATH, the current folder')
    .option('-o, --out <file>', 'write the plan to a file, for apply')
    .option('--skip-privileges', 'do not ask whether this token may carry the plan out: for one that only reads')
    .option('--explain', 'say of each value where it comes from: a line of a file, or a built-in default')
    .option('--detailed-exitcode', 'exit with 2 where there are changes');
  addRenew(
    addRotateSecrets(
      addAdopt(addShowRequests(addAllow(addPrune(addOnly(addFormat(command, ['markdown', 'html', 'junit'])))))),
    ),
  );
  addConnectionOptions(addVariableOptions(command))
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm plan --sandbox vm.yaml          try it, without a Proxmox VE server\n  pvevm plan vm.yaml --show-requests    every request that apply would send\n  pvevm plan -o plan.json && pvevm apply plan.json\n  pvevm plan --detailed-exitcode --json for scripts\n  pvevm plan --format markdown          for a comment on a pull request\n  pvevm plan --format html > plan.html  a page for a browser, with every request\n  pvevm plan --only "vm/web-*"          a part of the folder\n  pvevm plan --prune                    also what no document describes any more',
    )
    .action(async (paths: readonly string[], _options: unknown, self: Command) => {
      const { runPlan } = await import('./plan.ts');
      context.finish(await runPlan(paths, settleFormat(self.optsWithGlobals<PlanOptions>()), context.io));
    });
}
