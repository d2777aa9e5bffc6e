import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Project, Resource } from '../../../core/resource.ts';
import type { LiveState, ObjectStatus, Observation } from '../../kind.ts';
import { splitDescription } from '../identity/mark.ts';
import { markOfOtherStack, otherStack } from '../identity/other-stack.ts';

/** Whose a guest is: a mark that names another guest's id was copied with it, and says nothing. */
export function ownerOf(
  vmid: number,
  foreign: boolean,
  live: LiveState,
  project: Project,
): Pick<ObjectStatus, 'owner' | 'stack'> {
  if (!foreign) return { owner: 'own' };
  const { mark } = splitDescription(live.current.get('description') ?? '');
  if (mark === undefined || mark.vmid !== vmid || mark.stack === project.stack) return { owner: 'foreign' };
  return { owner: 'other-stack', stack: mark.stack };
}

/**
 * How a guest that is the document's own but for its stack is taken over; nothing for any other. Without a written id it
 * is an error, as it is in a plan.
 */
export function otherStackNotes(
  resource: Resource,
  guest: Pick<Observation, 'node' | 'vmid' | 'foreign'>,
  live: LiveState,
  project: Project,
): readonly Diagnostic[] {
  const { mark } = splitDescription(live.current.get('description') ?? '');
  const other = guest.foreign ? markOfOtherStack(resource, { vmid: guest.vmid, mark }, project) : undefined;
  if (other === undefined) return [];
  const told = otherStack(resource, guest, other, project, { command: 'pvevm apply ' });
  return [resource.spec['vmid'] === undefined ? told : { ...told, severity: 'note' }];
}
