import { createRemovalPlan } from '../engine/removal-plan.ts';
import type { CheckedDocuments } from './load-checked.ts';
import { type CommandScope, loadOrReport, type PlanDocuments, type Planner } from './make-plan.ts';
import { pruneModeOf } from './prune-mode.ts';
import { selectResources } from './select.ts';

/**
 * Reads and checks the documents of a plan: of all of them, those that `--only` selects, and whether the rest of the
 * stack is looked at. Where they are wrong, prints that, and gives the exit code back instead. Throws `USAGE` for options
 * that these documents do not allow.
 */
export async function loadForPlan(
  paths: readonly string[],
  scope: CommandScope,
  planner: Planner,
): Promise<PlanDocuments | number> {
  const documents: CheckedDocuments | number = await loadOrReport(paths, scope);
  if (typeof documents === 'number') return documents;
  const { options, io } = scope;
  // What a guest is made from is no part of its removal.
  if (planner === createRemovalPlan) return await selectResources(documents, options, 'alone');
  const prune = await pruneModeOf(paths, documents, options, io.cwd);
  const selected = await selectResources(documents, options, 'with needs');
  return prune === undefined ? selected : { ...selected, prune };
}
