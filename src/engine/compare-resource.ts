import { hasErrors } from '../core/diagnostic.ts';
import type { Change } from '../core/plan.ts';
import type { Resource } from '../core/resource.ts';
import type { Kind, LiveState, ObjectObservation, PlanContext } from '../kinds/kind.ts';
import { compare } from './compare.ts';

/** A resource as it was observed, and how that differs from its document. */
export interface ComparedResource {
  readonly observation: ObjectObservation;
  /** None where it could not be found out what is there. */
  readonly changes: readonly Change[];
  /** Compares again, with another live state. */
  compareWith(live: LiveState): readonly Change[];
}

const NOTHING: LiveState = { current: new Map(), pending: new Map(), running: false, hotplug: new Set() };

/** Whether there is no object to speak of, and so nothing to compare; otherwise all findings are shown at once. */
export function isFailure({ diagnostics, desired }: ObjectObservation): boolean {
  return hasErrors(diagnostics) && desired.length === 0;
}

/** Compares a resource with what is there, and begins the reads that its changes will ask for. */
export function compareResource(
  resource: Resource,
  kind: Kind,
  observation: ObjectObservation,
  context: PlanContext,
): ComparedResource {
  const compareWith = (live: LiveState): readonly Change[] =>
    compare(observation.desired, live, kind.decode, context.rotateSecrets);
  if (isFailure(observation)) return { observation, changes: [], compareWith };
  const changes = compareWith(observation.live ?? NOTHING);
  kind.beginReview?.(resource, observation, changes, context);
  return { observation, changes, compareWith };
}
