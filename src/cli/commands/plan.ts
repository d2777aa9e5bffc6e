import { PvevmError } from '../../core/error.ts';
import { EXIT_CODES, type ExitName } from '../../core/exit-code.ts';
import { hasChanges } from '../../core/plan.ts';
import { createPlan } from '../../engine/plan.ts';
import { systemClock } from '../../pve/clock.ts';
import { planJson } from '../../report/plan/plan-json.ts';
import { formatPlan } from '../../report/plan/plan-text.ts';
import { summarizePlan } from '../ci/step-summary.ts';
import type { Io } from '../io.ts';
import { loadForPlan } from '../load-for-plan.ts';
import {
  type CommandScope,
  makePlan,
  type Planner,
  reportFindings,
  reportPlanErrors,
  withConnection,
} from '../make-plan.ts';
import { createOutput } from '../output.ts';
import type { PlanCommandOptions } from '../plan-options.ts';
import { planReport } from '../plan-report.ts';
import { savePlan } from '../saved-plan/save-plan.ts';
import { savedContinuation } from '../saved-plan/saved-continuation.ts';

/** The options of `plan`. */
export interface PlanOptions extends PlanCommandOptions {
  readonly out?: string;
  readonly detailedExitcode?: boolean;
  readonly explain?: boolean;
  readonly skipPrivileges?: boolean;
}

const SKIPPED_AND_SAVED =
  'A saved plan is carried out as it is, so that all its privileges are asked for when it is made: save it with the token that applies it.';

/** Reads the live cluster, prints what `apply` would do, and gives the exit code back. Nothing is changed. */
export async function runPlan(paths: readonly string[], options: PlanOptions, io: Io): Promise<number> {
  if (options.skipPrivileges === true && options.out !== undefined)
    throw new PvevmError('USAGE', 'a plan made with --skip-privileges cannot be saved', { hints: [SKIPPED_AND_SAVED] });
  const planner: Planner = (given) => createPlan({ ...given, skipPrivileges: options.skipPrivileges === true });
  const output = createOutput(io, options);
  const scope: CommandScope<PlanOptions> = { options, io, output, clock: systemClock };
  const documents = await loadForPlan(paths, scope, planner);
  if (typeof documents === 'number') return documents;
  return withConnection({ ...scope, project: documents.project }, async (connection) => {
    const plan = await makePlan(planner, documents, connection, scope);
    const { label } = connection;
    const { verbose, showRequests, explain } = options;
    const origins =
      explain === true
        ? new Map(documents.resources.map((resource) => [resource.address, resource.origins]))
        : undefined;
    const shown = { label, verbose, showRequests, origins };
    const { files } = documents;
    await summarizePlan(plan, { ...shown, files }, io);
    const report = await planReport(options.format, plan, { ...shown, files, clean: io.clean });
    if (report !== undefined) output.result(report);
    const failed = reportPlanErrors(plan, files, scope);
    if (failed !== undefined) return EXIT_CODES[failed];
    const exit: ExitName = options.detailedExitcode === true && hasChanges(plan) ? 'changes' : 'ok';
    if (options.out !== undefined) {
      const place = { file: options.out, cwd: io.cwd, partial: options.only !== undefined };
      await savePlan(plan, documents, connection.client, place);
    }
    if (options.json === true) output.json(planJson(plan, exit));
    else {
      if (report === undefined)
        output.result(formatPlan(plan, { ...shown, theme: output.resultTheme, width: io.stdout.columns }));
      reportFindings(plan, files, scope);
      if (options.out !== undefined)
        output.message(`Saved. To carry it out, run: ${savedContinuation(options.out, options, documents.resources)}`);
    }
    return EXIT_CODES[exit];
  });
}
