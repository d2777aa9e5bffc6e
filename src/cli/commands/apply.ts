import { PvevmError } from '../../core/error.ts';
import { checkStale } from '../../engine/check-stale.ts';
import { createPlan } from '../../engine/plan.ts';
import { secretsOf } from '../../engine/step/placeholders.ts';
import { systemClock } from '../../pve/clock.ts';
import type { Io } from '../io.ts';
import { loadForPlan } from '../load-for-plan.ts';
import { type CommandScope, makePlan, withConnection } from '../make-plan.ts';
import { createOutput } from '../output.ts';
import type { RunCommandOptions } from '../plan-options.ts';
import { projectHere } from '../project-here.ts';
import { continuationOf } from '../run/continuation.ts';
import { replanBy, rollbackBy, rollbackFrom } from '../run/replan.ts';
import { type PlannedRun, runPlanned } from '../run/run-plan.ts';
import { documentDigests } from '../saved-plan/document-digests.ts';
import { checkRemovals } from '../saved-plan/removed-and-described.ts';
import { checkCluster, readSavedPlan } from '../saved-plan/saved-plan.ts';
import { checkDocuments } from '../saved-plan/saved-plan-documents.ts';
import { checkSavedPrivileges } from '../saved-plan/saved-plan-privileges.ts';
import { readPlanSecrets } from '../saved-plan/saved-plan-secrets.ts';

/** Throws `USAGE` for options that exclude each other. */
export function checkFormats({ json, events }: RunCommandOptions): void {
  if (json !== true || events !== true) return;
  throw new PvevmError('USAGE', 'cannot print both --json and --events', { hints: ['Leave one of them out.'] });
}

/** Throws `USAGE` for options that say what a plan is made of: a saved one is made already. */
function checkSavedPlanOptions({ prune, only, renew, rotateSecrets }: RunCommandOptions): void {
  const given = { '--prune': prune === true, '--only': only !== undefined, '--renew': renew === true };
  const named = Object.entries({ ...given, '--rotate-secrets': rotateSecrets === true });
  const name = named.find(([, isGiven]) => isGiven)?.[0];
  if (name === undefined) return;
  const hints = [`Make the plan with it: pvevm plan ${name} … -o FILE, and apply that.`];
  throw new PvevmError('USAGE', `cannot use ${name} with a saved plan, which is carried out as it is`, { hints });
}

/** Plans, asks, and carries the plan out; or carries a saved plan out as it is. Gives the exit code back. */
export async function runApply(paths: readonly string[], options: RunCommandOptions, io: Io): Promise<number> {
  checkFormats(options);
  const output = createOutput(io, options);
  const scope: CommandScope<RunCommandOptions> = { options, io, output, clock: systemClock };
  const allowed = new Set(options.allow ?? []);
  const saved = await readSavedPlan(paths, io.cwd);
  if (saved !== undefined) {
    checkSavedPlanOptions(options);
    const secrets = await readPlanSecrets(saved, scope);
    if (typeof secrets === 'number') return secrets;
    await checkDocuments(saved, scope);
    await checkRemovals(saved, scope);
    // A saved plan names no project: it is that of the folder in which it is carried out.
    return withConnection({ ...scope, project: await projectHere(io.cwd) }, async (connection) => {
      await checkCluster(saved, connection.client);
      await checkStale(saved, connection.client);
      await checkSavedPrivileges(saved, connection.client);
      // The files that the plan was made from may be elsewhere, and have changed.
      const continuation = 'pvevm plan, and pvevm apply with the new plan';
      const run: PlannedRun = {
        ...{ plan: saved, files: new Map(), allowed, question: undefined, removal: false, continuation, secrets },
        command: 'apply',
        rollback: rollbackFrom(saved, connection.client, systemClock),
      };
      return runPlanned(run, connection, scope);
    });
  }
  const documents = await loadForPlan(paths, scope, createPlan);
  if (typeof documents === 'number') return documents;
  return withConnection({ ...scope, project: documents.project }, async (connection) => {
    const plan = await makePlan(createPlan, documents, connection, scope);
    const { files, resources } = documents;
    const hidden = new Set(resources.flatMap((resource) => [...(resource.secrets?.values() ?? [])]));
    const continuation = continuationOf('apply', paths, options, hidden);
    const question = 'Apply these changes?';
    const secrets = secretsOf(resources);
    const run: PlannedRun = {
      ...{ plan, files, allowed, question, removal: false, continuation, secrets },
      ...{ command: 'apply', sources: () => documentDigests(documents) },
      replan: replanBy(createPlan, documents, connection, scope),
      rollback: rollbackBy(documents, connection, scope),
    };
    return runPlanned(run, connection, scope);
  });
}
