import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import { codecOf } from '../../../pve/codecs/codecs.ts';
import type { Observation } from '../../kind.ts';
import { decodeVm } from '../live.ts';
import { stopsBeforeHa } from './ha-stop.ts';
import { isUnderHa } from './power-drafts.ts';
import { refusedWhileRunning, stoppedLive } from './refused.ts';
import { type Allowing, mayRestart } from './restart.ts';

/** Whether the plan shuts the guest down for good, as its document says. */
function isStopped(changes: readonly Change[]): boolean {
  return changes.some(({ key, after }) => key === 'status' && after === 'stopped');
}

/**
 * Whether the guest is shut down for changes that Proxmox VE refuses while it runs: where a restart is allowed, or the
 * guest is to be stopped anyway. What is under HA would be started again by the HA manager meanwhile.
 */
export function stopsAround(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: Allowing,
): boolean {
  if (observation.foreign) return false;
  const isHas = isUnderHa(observation) || observation.live?.current.has('ha') === true;
  if (isHas && !stopsBeforeHa(observation, changes)) return false;
  if (changes.some(({ key, state }) => key === 'template' && state === 'change')) return false;
  if (!mayRestart(resource, context) && !isStopped(changes)) return false;
  return refusedWhileRunning(resource, observation, changes).length > 0;
}

/** A change with the live value that it finds once the guest was shut down; undefined where that is the wanted one. */
function changeWhenStopped(change: Change, { desired, live }: Observation): Change | undefined {
  if (change.state !== 'change' || live === undefined) return undefined;
  const effect = change.effect === 'data-loss' || change.effect === 'recreate' ? change.effect : 'none';
  const { note: _, ...bare } = change;
  const managed = desired.find((value) => value.path === change.path && value.key === change.key);
  if (managed?.sub === undefined) return { ...bare, effect };
  const text = live.pending.get(change.key);
  const part = text === undefined ? undefined : decodeVm(change.key, text)?.[managed.sub];
  const codec = codecOf(managed.field.codec ?? 'string');
  return { ...bare, effect, before: part === undefined ? null : codec.toSpec(codec.parse(part)) };
}

/** An observation and its changes as they are once the guest was shut down; what is withdrawn was so before. */
export interface StoppedView {
  readonly observation: Observation;
  readonly changes: readonly Change[];
}

/** What is left to do, and what it finds, once the guest was shut down. */
export function whenStopped(observation: Observation, changes: readonly Change[]): StoppedView {
  const { live } = observation;
  const left = changes.filter((change) => change.key !== 'status' && change.withdraws !== true);
  return {
    observation: live === undefined ? observation : { ...observation, live: stoppedLive(live) },
    changes: left.flatMap((change) => changeWhenStopped(change, observation) ?? []),
  };
}
