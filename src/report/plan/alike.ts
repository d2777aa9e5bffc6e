import type { Change, ResourcePlan } from '../../core/plan.ts';
import { consentFor } from '../../engine/consent.ts';
import { rowOf } from './change-text.ts';

/** Resources with which the same is done; the first one stands for all. */
export interface Alike {
  readonly first: ResourcePlan;
  readonly others: readonly ResourcePlan[];
}

// So many resources one still reads one by one.
const MOST_RESOURCES = 20;
// A group saves lines only where there are a few.
const LEAST_ALIKE = 3;

/** Whether a resource may be told by another one: nothing in it deserves a look of its own. */
function isPlain({ action, changes, steps }: ResourcePlan): boolean {
  if (action !== 'create' && action !== 'update') return false;
  return (
    steps.every((step) => consentFor(step).length === 0) && changes.every((change) => rowOf(change).weight !== 'heavy')
  );
}

/** What has to be the same of two resources: what is done, by which steps, and to which keys, but not their values. */
function shapeOf({ address, action, from, reason, changes, steps }: ResourcePlan): string {
  const done = changes.map((change) => [change.path, rowOf(change).effect, rowOf(change).symbol]);
  return JSON.stringify([address.split('/')[0], action, from, reason, done, steps.map(({ title }) => title)]);
}

/** The resources of a long plan, those together that are alike; each by itself where the plan is not long. */
export function groupAlike(resources: readonly ResourcePlan[]): readonly Alike[] {
  const alone = (first: ResourcePlan): Alike => ({ first, others: [] });
  if (resources.length <= MOST_RESOURCES) return resources.map(alone);
  const groups = new Map<string, ResourcePlan[]>();
  for (const resource of resources) {
    const shape = isPlain(resource) ? shapeOf(resource) : resource.address;
    groups.set(shape, [...(groups.get(shape) ?? []), resource]);
  }
  return [...groups.values()].flatMap((group): readonly Alike[] => {
    const [first, ...others] = group;
    if (first === undefined || group.length < LEAST_ALIKE) return group.map(alone);
    return [{ first, others }];
  });
}

/** A resource's own name, and pvevm's mark in it, say nothing that its address does not. */
function isOwn({ path, after }: Change, { address }: ResourcePlan): boolean {
  return path.includes(' ') || (path === 'name' && address.endsWith(`/${after}`));
}

/** The changes of a resource whose values are others than those of the one that stands for it. */
export function differences(resource: ResourcePlan, first: ResourcePlan): readonly Change[] {
  return resource.changes.filter((change, index) => {
    const same = first.changes[index];
    if (isOwn(change, resource)) return false;
    return JSON.stringify([change.before, change.after]) !== JSON.stringify([same?.before, same?.after]);
  });
}
