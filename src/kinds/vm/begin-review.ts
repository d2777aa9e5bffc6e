import type { Change } from '../../core/plan.ts';
import type { Resource } from '../../core/resource.ts';
import { begin } from '../begin.ts';
import type { Observation, PlanContext } from '../kind.ts';
import { contextOf } from './clone/not-yet-made.ts';
import { movesIn } from './disks/review-moves.ts';
import { destroyedVolumes } from './disks/review-removals.ts';
import { readSnapshots } from './disks/snapshot-users.ts';
import { isMove } from './disks/volume-change.ts';
import { danglingNames } from './firewall/review-references.ts';
import { withoutIgnored } from './ignored.ts';
import { reviewMoved } from './placement/moved.ts';
import { stoppedReview } from './power/review-around.ts';

/** Reads what changes make a review ask of their guest alone: its snapshots, and what of its firewall they do not name. */
async function readForReview(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<void> {
  const { cluster } = context;
  const reviewed = stoppedReview(resource, observation, changes, context) ?? { observation, changes };
  const { node, vmid, live } = reviewed.observation;
  const isHeld =
    movesIn(reviewed.changes, live).length > 0 ||
    (live !== undefined && destroyedVolumes(resource, reviewed.observation, reviewed.changes).length > 0);
  if (isHeld) begin(readSnapshots(node, vmid, cluster));
  await danglingNames(resource, reviewed.observation, reviewed.changes, cluster);
}

/** Begins the reads that reviewing changes to a guest will surely ask of that guest. */
export function beginReview(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): void {
  // Other changes ask of nodes and storages, whose answers all guests share.
  if (!changes.some((change) => isMove(change) || change.after === null)) return;
  const read = reviewMoved(observation, changes, contextOf(observation, context), async (...moved) => {
    await readForReview(withoutIgnored(resource), ...moved);
    return [];
  });
  begin(read);
}
