import type { Diagnostic } from '../../../core/diagnostic.ts';
import { type Resource, rangeOf } from '../../../core/resource.ts';
import { deedOf, type Stub } from '../identity/stubs.ts';

/** What is known of the task of a left-over, and how it is removed. A person does that: nobody else may. */
function remedyOf({ vmid, isSure }: Stub): string {
  const nobody = isSure
    ? 'no task is working on it'
    : 'no task that the token may see is working on it (others need Sys.Audit on the node)';
  const care = isSure ? 'Remove it with' : 'Where nobody else works on it, remove it with';
  return `${nobody}. ${care}: qm unlock ${vmid} && qm destroy ${vmid}`;
}

function nameOf({ lock }: Stub): string {
  return lock === 'destroyed' ? 'an interrupted removal' : 'an interrupted create';
}

/** The error of a document whose id a stub has: it is never adopted, nor deleted. */
export function stubProblem(resource: Resource, stub: Stub): Diagnostic {
  const { vmid, node, lock, upid } = stub;
  const range = rangeOf(resource, '/vmid');
  const base = { severity: 'error', range, address: resource.address, pointer: '/vmid' } as const;
  const held = `Guest ${vmid} on ${node} holds lock: ${lock}`;
  if (upid === undefined) {
    const detail = `${held} and ${remedyOf(stub)}`;
    return { ...base, code: 'STUB', summary: `the guest is the left-over of ${nameOf(stub)}`, detail };
  }
  const detail = `${held}; the task ${upid} works on it. Wait for it, or write another vmid.`;
  return { ...base, code: 'LOCKED', summary: `the guest is being ${deedOf(stub)} by somebody else`, detail };
}

/** A note about each left-over of what was interrupted: nobody but a person may remove it, and it takes an id. */
export function leftOverNotes(resource: Resource, stubs: readonly Stub[]): readonly Diagnostic[] {
  return stubs
    .filter((stub) => stub.upid === undefined)
    .map((stub) => ({
      severity: 'note',
      code: 'STUB',
      summary: `the left-over of ${nameOf(stub)} is in the cluster`,
      detail: `Guest ${stub.vmid} on ${stub.node} holds lock: ${stub.lock} and keeps that id from others; ${remedyOf(stub)}`,
      range: resource.range,
      address: resource.address,
    }));
}
