import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation } from '../../kind.ts';
import { told } from '../../told.ts';
import { splitDescription } from '../identity/mark.ts';

/** Why a guest that carries a mark is foreign all the same: a clone or a restore made by hand took another's along. */
export function copiedMark(resource: Resource, { live, vmid, foreign }: Observation): readonly Diagnostic[] {
  const { mark } = splitDescription(live?.pending.get('description') ?? '');
  if (!foreign || mark === undefined || mark.vmid === vmid) return [];
  const detail = `The last line of guest ${vmid}’s description is the mark of guest ${mark.vmid} (${mark.address}): a clone or a restore made by hand brought it along, and it makes nobody the owner. Remove that line from the description, or take the guest over with --adopt, which writes a mark of its own.`;
  return [told(resource, 'vmid', 'note', 'IDENTITY', 'a copied mark', detail)];
}
