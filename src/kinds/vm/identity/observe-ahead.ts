import type { Address } from '../../../core/address.ts';
import type { Resource } from '../../../core/resource.ts';
import { begin } from '../../begin.ts';
import type { Observation } from '../../kind.ts';
import { isToLeave } from '../placement/written-nodes.ts';
import type { FoundGuest } from './found.ts';

/** Observations that are begun while other guests are still being found. */
export interface ObservedAhead {
  /** Begins one where nothing that comes before it matters: a guest that moves counts on what those before it take. */
  begin(resource: Resource, guest: FoundGuest): void;
  /** The one that was begun; undefined where none was. Rejects as observing does. */
  of(address: Address): Promise<Observation> | undefined;
}

/** Is told of an observation that is final. */
export type OnObserved = (resource: Resource, observation: Observation) => void;

/** Observes guests as soon as they are found, so that what is computed for them fills the time that the reads take. */
export function createObservedAhead(
  observe: (resource: Resource, guest: FoundGuest) => Promise<Observation>,
  onObserved: OnObserved = () => undefined,
): ObservedAhead {
  const begun = new Map<Address, Promise<Observation>>();
  return {
    begin: (resource, guest) => {
      if (isToLeave(resource, guest.node)) return;
      const observation = observe(resource, guest);
      begin(observation.then((seen) => onObserved(resource, seen)));
      begun.set(resource.address, observation);
    },
    of: (address) => begun.get(address),
  };
}
