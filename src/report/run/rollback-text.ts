import type { ApplyEvent } from '../../core/event.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';

/** What became of something that a failed run had made. */
export type RolledBackEvent = Extract<ApplyEvent, { readonly type: 'resource.rolledBack' }>;

/** In one line: `vm/web-01 (101 on pve2): destroyed`, `vm/db-01 (102 on pve1): left, the guest is protected`. */
export function rolledBackText({ resource, node, vmid, identity, outcome, reason }: RolledBackEvent): string {
  const name = vmid ?? identity;
  const place = name === undefined ? `on ${node}` : `${name} on ${node}`;
  const why = reason === undefined ? '' : `, ${reason}`;
  return sanitizeLine(redact(`${resource} (${place}): ${outcome}${why}`));
}
