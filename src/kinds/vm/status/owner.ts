import type { Project } from '../../../core/resource.ts';
import type { LiveState, ObjectStatus } from '../../kind.ts';
import { splitDescription } from '../identity/mark.ts';

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
