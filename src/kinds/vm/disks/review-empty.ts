import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation } from '../../kind.ts';
import { IMPORT_FROM } from '../images/values.ts';
import { destroysUnused } from './destroy-unused.ts';
import { changeProblem } from './problem.ts';
import { attachedVolume } from './volume-change.ts';
import { ownerOf, unusedVolumes } from './volumes.ts';

/**
 * New, empty disks of a guest that has volumes of its own without a slot: whoever detached a disk by hand finds it made
 * anew, without its data. What else the document attaches or destroys is not meant.
 */
export function emptyDisks(
  resource: Resource,
  { desired, live, vmid }: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  if (live === undefined || destroysUnused(resource)) return [];
  const isEmpty = ({ key, path, before, after, state, withdraws }: Change): boolean =>
    state === 'change' &&
    path === `disks.${key}` &&
    before === null &&
    after !== null &&
    withdraws !== true &&
    attachedVolume(key, desired) === undefined &&
    !desired.some((managed) => managed.key === key && managed.sub === IMPORT_FROM);
  const added = changes.filter(isEmpty);
  const attached = new Set(changes.map(({ key }) => attachedVolume(key, desired)));
  const unused = [...unusedVolumes(live)].filter(([, volume]) => ownerOf(volume) === vmid && !attached.has(volume));
  const [change] = added;
  const [first] = unused;
  if (change === undefined || first === undefined) return [];
  const list = unused.map(([key, volume]) => `${key}: ${volume}`).join(', ');
  const names = added.map(({ path }) => path).join(', ');
  const which = added.length === 1 ? 'is a new, empty disk' : 'are new, empty disks';
  const detail = `${names} ${which}, and guest ${vmid} has volumes that no slot holds (${list}). If the data of one is meant, write ${change.key}: { volume: "${first[1]}" }.`;
  return [changeProblem(resource, change, 'an empty disk beside unused volumes', detail, 'IDENTITY', 'warning')];
}
