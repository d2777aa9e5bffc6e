import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Field } from '../../../core/field.ts';
import { originOf, type Project, type Resource, rangeOf } from '../../../core/resource.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { splitDescription } from '../identity/mark.ts';
import { isIgnored } from '../ignored.ts';

/** The placeholder for the end of a guest that a document gives a lifetime; undefined for one that stays. */
export function wantedUntil(resource: Resource): string | undefined {
  const { ttl } = resource.spec;
  return typeof ttl === 'string' ? `{until:${ttl}}` : undefined;
}

/** The end in the mark that a guest itself carries; a mark that was copied with another guest says nothing. */
function ownUntil(vmid: number | '{vmid}', live: LiveState | undefined): string | undefined {
  const { mark } = splitDescription(live?.pending.get('description') ?? '');
  return mark !== undefined && mark.vmid === vmid ? mark.until : undefined;
}

/**
 * The end in a guest's mark as a managed value. It is written once: an end that is there agrees with any lifetime, unless
 * it is to be renewed; a document without a lifetime takes it away. A lifetime that nobody wrote counts at creation
 * alone, and says nothing of a guest that is there.
 */
export function untilValues(
  resource: Resource,
  vmid: number | '{vmid}',
  live: LiveState | undefined,
  renew: boolean,
): readonly ManagedValue[] {
  const origin = originOf(resource, '/ttl');
  if (isIgnored(resource, 'ttl') || (live !== undefined && origin.builtIn)) return [];
  const wanted = wantedUntil(resource);
  const there = ownUntil(vmid, live);
  const value = wanted !== undefined && there !== undefined && !renew ? there : wanted;
  // It lies in the description, and changes as that does.
  const description = vmFields.find(({ path }) => path === 'description') as Field;
  const field: Field = { ...description, path: 'ttl', codec: 'until' };
  return [
    { path: 'ttl', key: 'description', sub: 'until', field, value, origin: origin.text, builtIn: origin.builtIn },
  ];
}

/** Why a document cannot have a lifetime: the end stands in the mark, which the project does without. */
export function ttlProblems(resource: Resource, { mark }: Project): readonly Diagnostic[] {
  if (mark !== 'none' || wantedUntil(resource) === undefined) return [];
  return [
    {
      severity: 'error',
      code: 'SPEC_INVALID',
      summary: 'a lifetime needs a mark',
      detail: 'ttl is written into the mark, and the project file says mark: none. Use another mark, or leave ttl out.',
      range: rangeOf(resource, '/ttl'),
      address: resource.address,
      pointer: '/ttl',
    },
  ];
}
