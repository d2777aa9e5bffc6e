import type { Clock } from '../../core/clock.ts';
import { hasErrors } from '../../core/diagnostic.ts';
import type { Plan } from '../../core/plan.ts';
import type { PlanOptions } from '../../engine/plan.ts';
import { createRemovalPlan } from '../../engine/removal-plan.ts';
import type { Replan } from '../../engine/replan/plan-anew.ts';
import { bareResource, planCreatedRemoval } from '../../engine/rollback/created-removal.ts';
import type { Rollback } from '../../engine/rollback/roll-back.ts';
import type { PveClient } from '../../pve/reader.ts';
import type { Connection } from '../connect.ts';
import type { CheckedDocuments } from '../load-checked.ts';
import { type CommandScope, makePlan, type PlanDocuments, type Planner } from '../make-plan.ts';
import { selectResources } from '../select.ts';

/**
 * How a run plans one of its documents anew: by itself, or with what it is made from. What no document describes (it was to
 * be pruned) is not planned anew.
 */
export function replanFrom(
  documents: CheckedDocuments,
  needs: 'with needs' | 'alone',
  plan: (documents: CheckedDocuments) => Promise<Plan>,
): Replan {
  return async (address) => {
    if (!documents.resources.some((resource) => resource.address === address)) return [];
    const { resources, diagnostics } = await plan(
      await selectResources({ ...documents, diagnostics: [] }, { only: [address] }, needs),
    );
    if (hasErrors(diagnostics)) return diagnostics.filter(({ severity }) => severity === 'error');
    return resources.find((resource) => resource.address === address) ?? [];
  };
}

/** The same for a command, with its options. */
export function replanBy(
  planner: Planner,
  { prune: _, ...documents }: PlanDocuments,
  connection: Connection,
  scope: CommandScope,
): Replan {
  const needs = planner === createRemovalPlan ? 'alone' : 'with needs';
  // Guests are planned anew side by side, and wait for the same.
  const told = new Set<string>();
  return replanFrom(documents, needs, (selected) => makePlan(planner, selected, connection, scope, told));
}

/** How a command that fails takes its guests back, from its documents. */
export function rollbackBy(documents: PlanDocuments, connection: Connection, scope: CommandScope): Rollback {
  const made = { ...documents, diagnostics: [] };
  return (created) => makePlan((options) => planCreatedRemoval(created, options), made, connection, scope);
}

/** The same for a plan whose documents may be elsewhere: by what the plan says of them. */
export function rollbackFrom(plan: Plan, pve: PveClient, clock: Clock): Rollback {
  const resources = plan.resources.map(bareResource);
  const project: PlanOptions['project'] = { stack: plan.stack, mark: 'full' };
  return (created) => planCreatedRemoval(created, { resources, project, pve, user: pve.user, clock });
}
