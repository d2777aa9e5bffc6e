import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import { type Resource, rangeOf } from '../../../core/resource.ts';
import { displaySize, MIB } from '../../../core/units.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { type StoppedView, stopsAround, whenStopped } from './around.ts';
import { pluggedSizes } from './plugged-memory.ts';
import { isUnderHa } from './power-drafts.ts';
import { isBeyondHotplug, refusedWhileRunning } from './refused.ts';

/** Finds what stands in the way of changes to a guest in some state. */
export type Review = (
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
) => Promise<readonly Diagnostic[]>;

function pluggedLimit(path: string, { desired }: Observation): string {
  const wanted = Number(desired.find((managed) => managed.path === path)?.value) / MIB;
  const [below, above] = pluggedSizes(wanted);
  if (wanted < below) return 'at least 1 GiB';
  const [less, more] = [below, above].map((mebibytes) => displaySize(mebibytes * MIB).replace(' ', ''));
  return `memory in whole modules, so that ${less} and ${more} are the nearest sizes,`;
}

/** Memory and processors that cannot be plugged, or unplugged: Proxmox VE writes them all the same, and fails. */
function beyondHotplug(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  const { live, vmid } = observation;
  if (live?.running !== true) return [];
  return changes
    .filter((change) => change.state === 'change' && isBeyondHotplug(change, observation, live))
    .map(({ path, after, origin, key }): Diagnostic => {
      const limit =
        key === 'memory' ? pluggedLimit(path, observation) : 'at most the processors that it was started with';
      const detail = `${path} is ${String(after)} (${origin}), and guest ${vmid}, whose hotplug has ${key === 'memory' ? 'memory' : 'cpu'}, takes ${limit} while it runs. Shut the guest down, and apply again.`;
      const pointer = `/${path.replaceAll('.', '/')}`;
      const range = rangeOf(resource, pointer);
      return {
        severity: 'error',
        code: 'IMPOSSIBLE',
        summary: 'the running guest cannot take this',
        detail,
        range,
        address: resource.address,
        pointer,
      };
    });
}

/** Whether an error is about a change that a running guest refuses. */
function isRefusal({ severity, code, pointer }: Diagnostic, paths: readonly string[]): boolean {
  const path = pointer?.slice(1).replaceAll('/', '.');
  const isRefused = paths.some((refused) => path === refused || path?.startsWith(`${refused}.`) === true);
  return severity === 'error' && code === 'IMPOSSIBLE' && isRefused;
}

/** An error that is one only while the guest runs, with what would let pvevm stop it. */
function withRemedy(found: Diagnostic, observation: Observation): Diagnostic {
  const remedy = isUnderHa(observation)
    ? 'It is under HA, which would start it again: write power: stopped first.'
    : 'With --allow restart, pvevm shuts it down, makes the change, and starts it again.';
  return { ...found, code: 'CONSENT', detail: `${found.detail} ${remedy}` };
}

/**
 * What is reviewed where the plan stops a guest around its changes: the guest once it is stopped, and what is left to be
 * done to it then. Undefined where it is reviewed as it is.
 */
export function stoppedReview(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): StoppedView | undefined {
  if (!stopsAround(resource, observation, changes, context)) return undefined;
  const stopped = whenStopped(observation, changes);
  return { ...stopped, changes: [...stopped.changes, ...changes.filter((change) => change.key === 'status')] };
}

/**
 * Reviews changes to a guest in the state that they find: where the plan stops it around them, in that of the stopped
 * guest. Otherwise what a running guest refuses is an error that names the consent which it takes.
 */
export async function reviewAroundStop(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
  review: Review,
): Promise<readonly Diagnostic[]> {
  const around = stoppedReview(resource, observation, changes, context);
  if (around !== undefined) return await review(resource, around.observation, around.changes, context);
  const paths = refusedWhileRunning(resource, observation, changes);
  const found = [
    ...(await review(resource, observation, changes, context)),
    ...beyondHotplug(resource, observation, changes),
  ];
  if (!found.some((diagnostic) => isRefusal(diagnostic, paths))) return found;
  // What stands in the way of the stopped guest too is not helped by stopping it.
  const stopped = whenStopped(observation, changes);
  const stays = await review(resource, stopped.observation, stopped.changes, context);
  const isGone = ({ summary, pointer }: Diagnostic): boolean =>
    !stays.some((other) => other.summary === summary && other.pointer === pointer);
  return found.map((diagnostic) =>
    isRefusal(diagnostic, paths) && isGone(diagnostic) ? withRemedy(diagnostic, observation) : diagnostic,
  );
}
