import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { type Freeing, freedVolumes } from '../removal/freed-volumes.ts';
import { movesIn } from './review-moves.ts';
import { destroyedVolumes } from './review-removals.ts';
import { ownerOf } from './volumes.ts';

/**
 * Volumes that changes free while another guest has them: the sources of moves, and what `unused: destroy` destroys. What
 * is not the guest's own by its name is told of otherwise.
 */
export async function freedProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const { live, vmid } = observation;
  const moved = movesIn(changes, live).filter(({ volume }) => ownerOf(volume) === vmid);
  const destroyed = destroyedVolumes(resource, observation, changes);
  const freed = async (
    volumes: readonly { readonly change: Change; readonly volume: string }[],
    freeing: Freeing,
  ): Promise<readonly Diagnostic[]> => {
    const named = volumes.map(({ change: { key, path }, volume }) => ({ key, volume, path }));
    const { errors, notes } = await freedVolumes(resource, observation, named, freeing, context);
    return [...errors, ...notes];
  };
  return [...(await freed(moved, 'move')), ...(await freed(destroyed, 'unused'))];
}
