import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Step } from '../../../core/step.ts';
import type { Downtime, LiveState, Observation } from '../../kind.ts';
import { volumeIn } from '../disks/volumes.ts';
import { isUnfinished } from '../leftovers/unfinished.ts';
import { changesAfterMove } from '../placement/target-storages.ts';
import { stopsAround } from './around.ts';
import { stopsBeforeHa } from './ha-stop.ts';
import { isUnderHa } from './power-drafts.ts';
import { refusedWhileRunning } from './refused.ts';
import { type Allowing, wantsRestart } from './restart.ts';

/** Whether a change stops the running guest for good, by its power or by what HA is asked. */
function stopsForGood({ key, after }: Change): boolean {
  return (
    (key === 'status' && after === 'stopped') || (key === 'ha.state' && (after === 'stopped' || after === 'disabled'))
  );
}

function downtimeOf(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: Allowing,
): Downtime | undefined {
  const by = changes.some(stopsForGood) ? 'stop' : 'restart';
  if (stopsAround(resource, observation, changes, context)) return { by, around: true };
  if (by === 'stop' || wantsRestart(resource, observation, changes, context)) return { by, around: false };
  return undefined;
}

/** Whether a step destroys the volume of a disk that goes. */
function losesVolume({ key, path, after }: Change, { live }: Observation, steps: readonly Step[]): boolean {
  const volume = after === null && path === `disks.${key}` ? volumeIn(key, live?.pending.get(key)) : undefined;
  return (
    volume !== undefined &&
    steps.some(({ effect, removes }) => effect === 'data-loss' && removes?.includes(volume) === true)
  );
}

/** What a change comes to by the deed that it is, or that is done for it. */
function settled(
  change: Change,
  observation: Observation,
  changes: readonly Change[],
  refused: ReadonlySet<string>,
  downtime?: Downtime,
): Change {
  if (change.state !== 'change') return change;
  const { note: _, ...bare } = change;
  // It is never started again, and there is no way back (qemu-server: PVE/API2/Qemu.pm, template). A guest whose making was
  // cut off was to be nothing else.
  if (change.key === 'template' && change.after === true && isUnfinished(observation.vmid, observation.live))
    return change;
  if (change.key === 'template' && change.after === true)
    return { ...bare, effect: 'recreate', note: 'there is no way back' };
  if (observation.live?.running !== true) return change;
  if (stopsForGood(change)) {
    const isBeforeHa = stopsBeforeHa(observation, changes);
    // The guest is down by then.
    if (isBeforeHa && change.key !== 'status') return change;
    const isOwn = change.key === 'status' && (isBeforeHa || !isUnderHa(observation));
    const who = isOwn ? 'shuts the guest down' : 'HA shuts the guest down';
    return { ...bare, effect: 'restart', appliedBy: 'stop', note: who };
  }
  if (downtime?.around === true && refused.has(change.path))
    return { ...change, effect: 'restart', appliedBy: downtime.by };
  return change;
}

/**
 * The changes of a live guest with the effects that they have in their plan: what waits for a restart takes effect with
 * the one that the plan brings, or with the shutdown; what a running guest refuses is made while it is down; and to
 * become a template is to be another guest, and a disk whose volume is destroyed is lost.
 */
export function settleEffects(
  resource: Resource,
  observation: Observation,
  { changes, steps }: { readonly changes: readonly Change[]; readonly steps: readonly Step[] },
  context: Allowing,
  compareWith: (live: LiveState) => readonly Change[],
): readonly Change[] {
  const { live, madeBy, foreign } = observation;
  if (live === undefined || madeBy !== undefined || foreign) return changes;
  const there = observation.movesTo === undefined ? changes : changesAfterMove(observation, changes);
  const downtime = live.running ? downtimeOf(resource, observation, there, context) : undefined;
  const refused = new Set(downtime?.around === true ? refusedWhileRunning(resource, observation, there) : []);
  const compared = downtime === undefined ? changes : compareWith({ ...live, downtime });
  return compared.map((change) =>
    losesVolume(change, observation, steps)
      ? { ...change, effect: 'data-loss', note: 'its volume is destroyed' }
      : settled(change, observation, there, refused, downtime),
  );
}
