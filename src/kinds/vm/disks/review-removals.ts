import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import { displaySize } from '../../../core/units.ts';
import { parseDiskSize } from '../../../pve/codecs/codecs.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { decodeVm } from '../live.ts';
import { destroysUnused } from './destroy-unused.ts';
import { changeProblem } from './problem.ts';
import { snapshotsByVolume } from './snapshot-users.ts';
import { attachedVolume } from './volume-change.ts';
import { holdsVolume, isUnusedKey, ownerOf, volumeIn } from './volumes.ts';

interface Removal {
  readonly change: Change;
  readonly text: string;
  readonly volume: string;
}

function removalsIn({ live }: Observation, changes: readonly Change[]): readonly Removal[] {
  return changes.flatMap((change) => {
    const { key, path, after, state } = change;
    const text = live?.current.get(key) ?? live?.pending.get(key);
    const isWhole = /^(disks\.[^.]+|system\.(efi|tpm)|unused\.[^.]+)$/.test(path);
    if (state !== 'change' || after !== null || !isWhole || text === undefined) return [];
    const volume = holdsVolume(key, text) || isUnusedKey(key) ? volumeIn(key, text) : undefined;
    return volume === undefined ? [] : [{ change, text, volume }];
  });
}

/** New, empty disks as large as one that is taken away: a slot that was changed by its name alone leaves the data behind. */
export function replacedDisks(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  const { desired } = observation;
  const removals = removalsIn(observation, changes).filter(({ change }) => change.path.startsWith('disks.'));
  return changes.flatMap((change) => {
    const { key, path, before, after } = change;
    if (before !== null || after === null || path !== `disks.${key}`) return [];
    if (attachedVolume(key, desired) !== undefined) return [];
    const size = desired.find((managed) => managed.key === key && managed.sub === 'size')?.value;
    const old = removals.find(({ change: gone, text }) => {
      const parts = decodeVm(gone.key, text);
      return size !== undefined && parseDiskSize(parts?.['size'] ?? '') === size;
    });
    if (old === undefined || typeof size !== 'number') return [];
    const detail = `${path} is a new, empty disk of ${displaySize(size)}, and what is on ${old.change.key} does not come along: ${old.volume} is detached. To bring the data to ${key}, write ${key}: { volume: "${old.volume}" } beside ${old.change.key}: null.`;
    return [
      changeProblem(
        resource,
        change,
        'a new, empty disk takes the place of another',
        detail,
        'SPEC_INVALID',
        'warning',
      ),
    ];
  });
}

/** The volumes that changes destroy, since the document says `unused: destroy`: the guest's own that are not attached again. */
export function destroyedVolumes(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
): readonly Removal[] {
  const { desired, vmid } = observation;
  if (!destroysUnused(resource)) return [];
  const wanted = (volume: string): boolean =>
    desired.some((managed) => managed.sub === 'file' && managed.value === volume);
  return removalsIn(observation, changes).filter(({ volume }) => ownerOf(volume) === vmid && !wanted(volume));
}

/** What stands in the way of destroying unused volumes: the guest's protection, a snapshot; and what has to wait. */
export async function destructionProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  { cluster }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const { live, desired, node, vmid } = observation;
  if (live === undefined) return [];
  const going = destroyedVolumes(resource, observation, changes);
  if (going.length === 0) return [];
  const protection = desired.find((managed) => managed.key === 'protection');
  const isProtected = protection === undefined ? live.pending.get('protection') === '1' : protection.value === true;
  const snapshots = await snapshotsByVolume(node, vmid, cluster);
  return going.flatMap(({ change, volume }) => {
    if (isProtected && isUnusedKey(change.key)) {
      const detail = `Guest ${vmid} has protection set, which refuses to destroy ${volume}. Write protection: false beside it, or unused: keep.`;
      return [changeProblem(resource, change, 'the guest is protected', detail)];
    }
    const holders = snapshots.get(volume) ?? [];
    if (holders.length > 0) {
      const detail = `${volume} is in the snapshots ${holders.join(', ')} of guest ${vmid}, and cannot be destroyed as long as they are there. Remove them first (qm delsnapshot ${vmid} ${holders[0]}), or write unused: keep.`;
      return [changeProblem(resource, change, 'a snapshot holds the volume', detail)];
    }
    if (change.effect !== 'restart' || !live.current.has(change.key)) return [];
    const detail = `${change.key} of guest ${vmid} is detached at its next full start, and ${volume} is destroyed by the first apply after that.`;
    return [changeProblem(resource, change, 'a volume is not destroyed yet', detail, 'IMPOSSIBLE', 'note')];
  });
}
