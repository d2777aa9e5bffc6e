import type { Resource } from '../core/resource.ts';
import type { ObjectObservation } from '../kinds/kind.ts';

/** Plans resources in their order, each as soon as it and those before it have been observed. */
export interface PlanAhead<Result> {
  /** Tells of an observation that is final, in whatever order. */
  observed(resource: Resource, observation: ObjectObservation): void;
  /** Plans what is left, and gives all results in the order of the resources. Throws what planning one of them threw. */
  finish(observations: ReadonlyMap<string, ObjectObservation>): Promise<readonly Result[]>;
}

interface Seen<Prepared> {
  readonly observation: ObjectObservation;
  readonly prepared: Prepared;
}

/**
 * Planning fills the time that the reads of later resources take. It is never done for two at a time: what one takes
 * (of a storage) counts for those after it. Each is prepared as soon as it is told of, in whatever order.
 */
export function createPlanAhead<Prepared, Result>(
  resources: readonly Resource[],
  prepare: (resource: Resource, observation: ObjectObservation) => Prepared,
  planOne: (resource: Resource, prepared: Prepared) => Promise<Result>,
): PlanAhead<Result> {
  const seen = new Map<string, Seen<Prepared>>();
  const results: Result[] = [];
  let isPlanning = false;
  let planning: Promise<void> = Promise.resolve();

  const goOn = async (): Promise<void> => {
    isPlanning = true;
    for (;;) {
      const resource = resources[results.length];
      const one = resource === undefined ? undefined : seen.get(resource.address);
      if (resource === undefined || one === undefined) break;
      seen.delete(resource.address);
      results.push(await planOne(resource, one.prepared));
    }
    // Not after a failure, which `finish` throws.
    isPlanning = false;
  };

  const tell = (resource: Resource, observation: ObjectObservation): void => {
    if (seen.get(resource.address)?.observation === observation) return;
    seen.set(resource.address, { observation, prepared: prepare(resource, observation) });
  };

  return {
    observed: (resource, observation) => {
      tell(resource, observation);
      if (isPlanning) return;
      planning = goOn();
      planning.catch(() => undefined);
    },
    finish: async (observations) => {
      await planning;
      for (const resource of resources.slice(results.length)) {
        // A kind gives one for each resource.
        tell(resource, observations.get(resource.address) as ObjectObservation);
      }
      await goOn();
      return results;
    },
  };
}
