import type { Plan } from '../../core/plan.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';

const SHOWN = 10;

/**
 * What a person should know of a run that takes back what it creates where it fails; undefined for a plan that creates no
 * guest.
 */
export function rollbackNote({ resources }: Plan): string | undefined {
  const created = resources.filter(({ action, vmid }) => action === 'create' && vmid !== null);
  if (created.length === 0) return undefined;
  const names = created.slice(0, SHOWN).map(({ address }) => address);
  const more = created.length > SHOWN ? ` and ${created.length - SHOWN} more` : '';
  const listed = sanitizeLine(redact(`${names.join(', ')}${more}`));
  return `If a step fails, what this run has created by then is destroyed again, with its disks (--rollback-on-failure): ${listed}.`;
}
