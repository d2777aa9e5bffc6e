import type { Address } from '../../src/core/address.ts';
import type { ApplyEvent, ApplyEventBody, StepRef } from '../../src/core/event.ts';

/** The step `NUMBER` of a resource that has five. */
export function refOf(resource: Address, number = 1, title = 'create'): StepRef {
  return { resource, step: `${resource}#${number}`, title, index: number, of: 5 };
}

/** An event at a moment of its run. */
export function at(elapsedMs: number, body: ApplyEventBody): ApplyEvent {
  return { seq: 1, elapsedMs, ...body };
}

/** The beginning of a run. */
export function begun(resources: number, steps: number): ApplyEvent {
  return at(0, { type: 'run.started', formatVersion: '1.0', resources, steps });
}
