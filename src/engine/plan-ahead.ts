import type { Resource } from '../core/resource.ts';
import type { ObjectObservation } from '../kinds/kind.ts';

/** Plans resources in their order, each as soon as it and those before it have been observed. */
export interface PlanAhead<Result> {
  /** Tells of an observation that is final, in whatever order. */
  observed(resource: Resource, observation: ObjectObservation): void;
  /** Plans what is left, and gives all results in the order of the resources. Throws what planning one of them threw. */
  finish(observations: ReadonlyMap<string, ObjectObservation>): Promise<readonly Result[]>;
}

/**
 * Planning fills the time that the reads of later resources take. It is never done for two at a time: what one takes
 * (of a storage) counts for those after it.
 */
export function createPlanAhead<Result>(
  resources: readonly Resource[],
  planOne: (resource: Resource, observation: ObjectObservation) => Promise<Result>,
): PlanAhead<Result> {
  const seen = new Map<string, ObjectObservation>();
  const results: Result[] = [];
  let isPlanning = false;
  let planning: Promise<void> = Promise.resolve();

  const goOn = async (): Promise<void> => {
    isPlanning = true;
    for (;;) {
      const resource = resources[results.length];
      const observation = resource === undefined ? undefined : seen.get(resource.address);
      if (resource === undefined || observation === undefined) break;
      seen.delete(resource.address);
      results.push(await planOne(resource, observation));
    }
    // Not after a failure, which `finish` throws.
    isPlanning = false;
  };

  return {
    observed: (resource, observation) => {
      seen.set(resource.address, observation);
      if (isPlanning) return;
      planning = goOn();
      planning.catch(() => undefined);
    },
    finish: async (observations) => {
      await planning;
      for (const { address } of resources.slice(results.length)) {
        // A kind gives one for each resource.
        seen.set(address, observations.get(address) as ObjectObservation);
      }
      await goOn();
      return results;
    },
  };
}
