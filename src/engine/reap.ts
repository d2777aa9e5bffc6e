import type { Address } from '../core/address.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Plan, ResourcePlan } from '../core/plan.ts';
import type { Expired } from '../kinds/kind.ts';
import { serverTime } from '../pve/server-time.ts';
import { registry } from '../registry/registry.ts';
import { leaveRefused } from './leave-refused.ts';
import { contextOf, type PlanOptions } from './plan.ts';
import { planAgain } from './plan-again.ts';
import { createRemovalPlan } from './removal-plan.ts';

/** What a plan of what is over is made from; the stack is that of `project`. */
export type ReapOptions = Omit<PlanOptions, 'resources' | 'prune' | 'adopt' | 'renew' | 'rotateSecrets'>;

/** The objects that have changed since their end was read, which may have been moved. */
function changedOnes({ resources }: Plan, expired: ReadonlyMap<Address, Expired>): ReadonlySet<Address> {
  return new Set(
    resources.filter(({ address, digest }) => expired.get(address)?.digest !== digest).map(({ address }) => address),
  );
}

function withReason(resource: ResourcePlan, expired: ReadonlyMap<Address, Expired>): ResourcePlan {
  const until = expired.get(resource.address)?.until;
  return resource.action !== 'delete' || until === undefined
    ? resource
    : { ...resource, reason: `its time was over at ${until}` };
}

/** No document stands for what is over: there is no line to look at. */
function withoutPlace({ range: _, pointer: __, ...diagnostic }: Diagnostic): Diagnostic {
  return diagnostic;
}

/**
 * Makes the plan that destroys what the stack owns and whose time is over by the server's clock, dependents first. No
 * document is needed: each object's own mark says so. What cannot go (protection, a linked clone that stays) is left,
 * with a warning. Throws where the cluster cannot be read.
 */
export async function createReapPlan(options: ReapOptions): Promise<Plan> {
  return await planAgain(() => planExpired(options));
}

async function planExpired(options: ReapOptions): Promise<Plan> {
  const context = contextOf({ ...options, resources: [] });
  const now = await serverTime(options.pve);
  const expired = new Map<Address, Expired>();
  const diagnostics: Diagnostic[] = [];
  for (const load of Object.values(registry)) {
    const found = await (await load()).findExpired?.(now, context);
    for (const one of found?.expired ?? []) expired.set(one.resource.address, one);
    diagnostics.push(...(found?.diagnostics ?? []));
  }
  const resources = [...expired.values()].map(({ resource }) => resource);
  const removal = await createRemovalPlan({ ...options, resources });
  const plan = leaveRefused(removal, changedOnes(removal, expired));
  return {
    ...plan,
    resources: plan.resources.map((resource) => withReason(resource, expired)),
    diagnostics: [...diagnostics, ...plan.diagnostics.map(withoutPlace)],
  };
}
