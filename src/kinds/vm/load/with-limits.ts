import type { Resource } from '../../../core/resource.ts';
import type { Step } from '../../../core/step.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { withLoads } from '../../step-loads.ts';
import { futureTexts } from '../clone/future-texts.ts';
import { timeoutOf, withTimeouts } from '../power/timeouts.ts';
import { busyOf } from './busy.ts';
import { usualTime } from './usual-time.ts';

/** What the limits of a guest's steps follow from: its config values before the plan, and after it. */
export interface LimitedGuest {
  readonly texts: ReadonlyMap<string, string>;
  readonly future: () => ReadonlyMap<string, string>;
}

/** What the limits of a document's guest follow from, as it was observed. */
export function limitedGuest(resource: Resource, observation: Observation): LimitedGuest {
  return { texts: observation.live?.current ?? new Map(), future: () => futureTexts(resource, observation) };
}

/** The steps of a guest with how long each may take, by its size or as the document says, and with what they keep busy. */
export async function withLimits(
  resource: Resource,
  steps: readonly Step[],
  { texts, future }: LimitedGuest,
  { cluster }: Pick<PlanContext, 'cluster'>,
): Promise<readonly Step[]> {
  const timed = steps.map((step) => {
    const isWritten = step.request?.path.endsWith('/start') === true && timeoutOf(resource, 'start') !== undefined;
    const timeoutMs = isWritten ? undefined : usualTime(step, steps, texts, future);
    return timeoutMs === undefined ? step : { ...step, await: { ...step.await, timeoutMs } };
  });
  return await withLoads(withTimeouts(resource, timed), (step, isLocal) => busyOf(step, texts, isLocal), cluster);
}
