import type { Diagnostic } from '../../../core/diagnostic.ts';
import { type Resource, rangeOf } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { type ForeignPending, foreignPending } from './foreign-pending.ts';

function words({ before, after }: ForeignPending): string {
  if (after === undefined) return 'is to be removed';
  return before === undefined ? `is to become ${after}` : `is ${before}, and is to become ${after}`;
}

/**
 * The pending values of a running guest that its document does not manage, one finding each. A restart applies them all
 * the same: for that, `--allow restart` is asked for, whatever the document says.
 */
export function foreignPendingFindings(
  resource: Resource,
  { live, desired, vmid, foreign }: Observation,
  restarts: boolean,
  stops: boolean,
  { allow }: PlanContext,
): readonly Diagnostic[] {
  if (live?.running !== true || foreign) return [];
  const refused = restarts && !allow.has('restart') && resource.spec['restart'] === 'allowed';
  const range = rangeOf(resource, '/restart');
  return foreignPending(live, desired).map((pending): Diagnostic => {
    const base = { range, address: resource.address } as const;
    const what = `${pending.name} of guest ${vmid} ${words(pending)} at the next start, and this document does not manage it.`;
    const revert = `withdraw it (qm set ${vmid} --revert ${pending.name.split('.')[0]})`;
    if (refused) {
      const detail = `${what} The restart that the document allows would apply it. Allow that too with --allow restart, or ${revert}.`;
      return {
        ...base,
        severity: 'error',
        code: 'CONSENT',
        summary: 'a restart would apply a pending value of others',
        detail,
      };
    }
    if (restarts || stops) {
      const detail = `${what} ${stops ? 'The shutdown' : 'The restart'} applies it. Leave it at that, or ${revert} first.`;
      return { ...base, severity: 'warning', code: 'CONSENT', summary: 'a pending value of others is applied', detail };
    }
    return {
      ...base,
      severity: 'note',
      code: 'CONSENT',
      summary: 'foreign pending',
      detail: `${what} It stays as it is.`,
    };
  });
}
