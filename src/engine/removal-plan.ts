import type { Diagnostic } from '../core/diagnostic.ts';
import type { Plan, ResourcePlan } from '../core/plan.ts';
import { assemblePlan, contextOf, kindsOf, type PlanOptions } from './plan.ts';

/**
 * Makes the plan of `destroy`: what the documents describe and pvevm owns is removed, with every volume named. A
 * document without a live object asks for nothing.
 */
export async function createRemovalPlan(options: PlanOptions): Promise<Plan> {
  const context = contextOf(options);
  const kinds = await kindsOf(options.resources);
  const plans: ResourcePlan[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const kind of kinds.values()) {
    const mine = options.resources.filter((resource) => resource.kind === kind.name);
    const removals = await kind.observeRemoval(mine, context);
    for (const resource of mine) {
      const removal = removals.get(resource.address);
      if (removal === undefined) continue;
      const { node, vmid, incarnation, digest, changes, steps } = removal;
      const source = { file: resource.range.file, line: resource.range.line };
      const action = steps.length > 0 ? 'delete' : 'none';
      plans.push({
        address: resource.address,
        action,
        source,
        node,
        vmid,
        vmidChosen: false,
        incarnation,
        digest,
        changes,
        unmanaged: [],
        steps,
      });
      diagnostics.push(...removal.diagnostics);
    }
  }
  return await assemblePlan(context, plans, diagnostics);
}
