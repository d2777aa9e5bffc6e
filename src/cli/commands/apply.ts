import { PvevmError } from '../../core/error.ts';
import { createPlan } from '../../engine/plan.ts';
import { systemClock } from '../../pve/clock.ts';
import { checkCreates } from '../check-creates.ts';
import { continuationOf } from '../continuation.ts';
import type { Io } from '../io.ts';
import { type CommandScope, loadOrReport, makePlan, withConnection } from '../make-plan.ts';
import { createOutput } from '../output.ts';
import type { RunCommandOptions } from '../plan-options.ts';
import { projectHere } from '../project-here.ts';
import { type PlannedRun, runPlanned } from '../run-plan.ts';
import { checkCluster, readSavedPlan } from '../saved-plan.ts';

/** Throws `USAGE` for options that exclude each other. */
export function checkFormats({ json, events }: RunCommandOptions): void {
  if (json !== true || events !== true) return;
  throw new PvevmError('USAGE', 'cannot print both --json and --events', { hints: ['Leave one of them out.'] });
}

/** Plans, asks, and carries the plan out; or carries a saved plan out as it is. Gives the exit code back. */
export async function runApply(paths: readonly string[], options: RunCommandOptions, io: Io): Promise<number> {
  checkFormats(options);
  const output = createOutput(io, options);
  const scope: CommandScope<RunCommandOptions> = { options, io, output, clock: systemClock };
  const allowed = new Set(options.allow ?? []);
  const saved = await readSavedPlan(paths, io.cwd);
  if (saved !== undefined) {
    // A saved plan names no documents: the project is that of the folder in which it is carried out.
    return withConnection({ ...scope, project: await projectHere(io.cwd) }, async (connection) => {
      await checkCluster(saved, connection.client);
      await checkCreates(saved, connection.client);
      // The files that the plan was made from may be elsewhere, and have changed.
      const continuation = 'pvevm plan, and pvevm apply with the new plan';
      const run: PlannedRun = {
        ...{ plan: saved, files: new Map(), allowed, question: undefined, removal: false, continuation },
      };
      return runPlanned(run, connection, scope);
    });
  }
  const documents = await loadOrReport(paths, scope);
  if (typeof documents === 'number') return documents;
  return withConnection({ ...scope, project: documents.project }, async (connection) => {
    const plan = await makePlan(createPlan, documents, connection, scope);
    const continuation = continuationOf('apply', paths, options);
    const { files } = documents;
    const question = 'Apply these changes?';
    return runPlanned({ plan, files, allowed, question, removal: false, continuation }, connection, scope);
  });
}
