import type { Address } from '../../core/address.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Plan, ResourcePlan } from '../../core/plan.ts';
import type { Resource } from '../../core/resource.ts';
import type { PlanOptions } from '../plan.ts';
import { createRemovalPlan } from '../removal-plan.ts';

const SHUTDOWN = '30s';

/** What the removal of what a run has made may do: nothing of that is worth keeping, but it is asked to shut down all the same. */
export const REMOVAL_EFFECTS: readonly string[] = ['restart', 'data-loss', 'hard-stop'];

/** A document of a created guest, by its id; what its end costs is not worth the usual time that a guest has to shut down. */
function bound(resource: Resource, vmid: number): Resource {
  const written = resource.spec['timeouts'];
  const timeouts = { shutdown: SHUTDOWN, ...(isObject(written) ? (written as JsonObject) : {}) };
  return { ...resource, spec: { ...resource.spec, vmid, timeouts } };
}

/** A resource of a plan as far as its removal needs it, where its document is not at hand. */
export function bareResource({ address, source: { file, line } }: ResourcePlan): Resource {
  const kind = address.slice(0, address.indexOf('/'));
  const name = address.slice(kind.length + 1);
  return { address, kind, name, range: { file, line, column: 1, length: 1 }, spec: {}, origins: new Map() };
}

/**
 * Makes the plan that destroys created guests, by their ids, and nothing else of the documents. A guest that shows no mark
 * of its document, or is protected, is an error of the plan, as with `destroy`. Throws where the cluster cannot be read.
 */
export async function planCreatedRemoval(vmids: ReadonlyMap<Address, number>, options: PlanOptions): Promise<Plan> {
  const { prune: _, adopt: __, ...rest } = options;
  const resources = options.resources.flatMap((resource): readonly Resource[] => {
    const vmid = vmids.get(resource.address);
    return vmid === undefined ? [] : [bound(resource, vmid)];
  });
  return await createRemovalPlan({ ...rest, resources, allow: new Set(REMOVAL_EFFECTS) });
}
