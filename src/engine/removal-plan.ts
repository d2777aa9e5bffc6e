import type { Plan } from '../core/plan.ts';
import { type Planned, type PlanOptions, planByKind } from './plan.ts';

/**
 * Makes the plan of `destroy`: what the documents describe and pvevm owns is removed, with every volume named. A
 * document without a live object asks for nothing.
 */
export async function createRemovalPlan(options: PlanOptions): Promise<Plan> {
  return await planByKind(options, async (kind, mine, context) => {
    const removals = await kind.observeRemoval(mine, context);
    return mine.flatMap((resource): readonly Planned[] => {
      const removal = removals.get(resource.address);
      if (removal === undefined) return [];
      const { diagnostics, ...removed } = removal;
      const source = { file: resource.range.file, line: resource.range.line };
      const action = removed.steps.length > 0 ? 'delete' : 'none';
      const base = { vmidChosen: false, dependsOn: [], unmanaged: [] } as const;
      const plan = { ...base, address: resource.address, action, source, ...removed } as const;
      return [{ plan, diagnostics }];
    });
  });
}
