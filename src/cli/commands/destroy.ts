import type { PlanSource } from '../../core/plan.ts';
import { createRemovalPlan } from '../../engine/removal-plan.ts';
import { systemClock } from '../../pve/clock.ts';
import type { Io } from '../io.ts';
import { loadForPlan } from '../load-for-plan.ts';
import { type CommandScope, makePlan, withConnection } from '../make-plan.ts';
import { createOutput } from '../output.ts';
import type { RunCommandOptions } from '../plan-options.ts';
import { continuationOf } from '../run/continuation.ts';
import { replanBy } from '../run/replan.ts';
import { type PlannedRun, runPlanned } from '../run/run-plan.ts';
import { documentDigests } from '../saved-plan/document-digests.ts';
import { checkFormats } from './apply.ts';

// Who destroys guests means to lose them; the question names every volume.
const ALLOWED: readonly string[] = ['restart', 'data-loss'];

/** Removes what the documents describe and pvevm owns: shows it, asks, and carries it out. Gives the exit code back. */
export async function runDestroy(paths: readonly string[], options: RunCommandOptions, io: Io): Promise<number> {
  checkFormats(options);
  const output = createOutput(io, options);
  const scope: CommandScope<RunCommandOptions> = { options, io, output, clock: systemClock };
  const documents = await loadForPlan(paths, scope, createRemovalPlan);
  if (typeof documents === 'number') return documents;
  return withConnection({ ...scope, project: documents.project }, async (connection) => {
    const plan = await makePlan(createRemovalPlan, documents, connection, scope);
    const { files } = documents;
    const continuation = continuationOf('destroy', paths, options);
    const question = 'Destroy these guests and their volumes?';
    const allowed = new Set([...ALLOWED, ...(options.allow ?? [])]);
    const sources = (): readonly PlanSource[] => documentDigests(documents);
    const run: PlannedRun = {
      ...{ plan, files, allowed, question, removal: true, continuation, command: 'destroy', sources },
      replan: replanBy(createRemovalPlan, documents, connection, scope),
    };
    return runPlanned(run, connection, scope);
  });
}
