import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { AuditShowOptions, AuditVerifyOptions } from './audit.ts';

const FILE = 'the log; without FILE, that which PVEVM_AUDIT names';

/** Adds `audit` to the program. */
export function addAudit(program: Command, context: CommandContext): void {
  const command = program
    .command('audit')
    .usage('COMMAND [options]')
    .summary('verify and read the log of what was done')
    .description(
      'With --audit FILE, PVEVM_AUDIT, or audit in a context, each run appends to a log: who did what, with which documents and plan, each request before it is sent, and what became of it. Every line holds the SHA-256 of the one before it.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm apply --audit audit.jsonl vm.yaml\n  pvevm audit verify audit.jsonl\n  pvevm audit show audit.jsonl --resource vm/web-01',
    );
  command
    .command('verify')
    .summary('find lines that were changed, removed, inserted or moved')
    .description(
      'Says which lines of a log are not as they were written, and how; exit code 1 where there are any. That lines were cut off at the end shows only with a head that was kept elsewhere: each run prints it, and so does this command.',
    )
    .argument('[FILE]', FILE)
    .option('--head <hash>', 'the head that the log had at some time')
    .action(async (file: string | undefined, _options: unknown, self: Command) => {
      const { runAuditVerify } = await import('./audit.ts');
      context.finish(await runAuditVerify(file, self.optsWithGlobals<AuditVerifyOptions>(), context.io));
    });
  command
    .command('show')
    .summary('print what was done, run by run')
    .description('Prints what a log says, run by run. Times are UTC, by the clock of the machine that wrote them.')
    .argument('[FILE]', FILE)
    .option('--run <id>', 'only the runs whose id begins so')
    .option('--resource <address>', 'only what was done to this resource, as in vm/web-01')
    .action(async (file: string | undefined, _options: unknown, self: Command) => {
      const { runAuditShow } = await import('./audit.ts');
      context.finish(await runAuditShow(file, self.optsWithGlobals<AuditShowOptions>(), context.io));
    });
}
