import { EXIT_CODES, type ExitName } from '../../core/exit-code.ts';
import { hasChanges } from '../../core/plan.ts';
import { createPlan } from '../../engine/plan.ts';
import { systemClock } from '../../pve/clock.ts';
import { planJson } from '../../report/plan-json.ts';
import { formatPlan } from '../../report/plan-text.ts';
import type { Io } from '../io.ts';
import { loadForPlan } from '../load-for-plan.ts';
import { type CommandScope, makePlan, reportFindings, reportPlanErrors, withConnection } from '../make-plan.ts';
import { createOutput } from '../output.ts';
import type { PlanCommandOptions } from '../plan-options.ts';
import { savePlan } from '../save-plan.ts';

/** The options of `plan`. */
export interface PlanOptions extends PlanCommandOptions {
  readonly out?: string;
  readonly detailedExitcode?: boolean;
  readonly explain?: boolean;
}

/** Reads the live cluster, prints what `apply` would do, and gives the exit code back. Nothing is changed. */
export async function runPlan(paths: readonly string[], options: PlanOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const scope: CommandScope<PlanOptions> = { options, io, output, clock: systemClock };
  const documents = await loadForPlan(paths, scope, createPlan);
  if (typeof documents === 'number') return documents;
  return withConnection({ ...scope, project: documents.project }, async (connection) => {
    const plan = await makePlan(createPlan, documents, connection, scope);
    const failed = reportPlanErrors(plan, documents.files, scope);
    if (failed !== undefined) return EXIT_CODES[failed];
    const exit: ExitName = options.detailedExitcode === true && hasChanges(plan) ? 'changes' : 'ok';
    if (options.out !== undefined) {
      const place = { file: options.out, cwd: io.cwd, partial: options.only !== undefined };
      await savePlan(plan, documents, connection.client, place);
    }
    if (options.json === true) output.json(planJson(plan, exit));
    else {
      const { verbose, showRequests, explain } = options;
      const { label } = connection;
      const origins =
        explain === true
          ? new Map(documents.resources.map((resource) => [resource.address, resource.origins]))
          : undefined;
      output.result(
        formatPlan(plan, {
          theme: output.resultTheme,
          label,
          width: io.stdout.columns,
          verbose,
          showRequests,
          origins,
        }),
      );
      reportFindings(plan, documents.files, scope);
      if (options.out !== undefined) output.message(`Saved. To carry it out, run: pvevm apply ${options.out}`);
    }
    return EXIT_CODES[exit];
  });
}
