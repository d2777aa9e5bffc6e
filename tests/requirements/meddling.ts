import type { ApplyEvent } from '../../src/core/event.ts';
import { type ApplyOptions, type ApplyResult, applyPlan } from '../../src/engine/apply.ts';
import { bareResource, planCreatedRemoval } from '../../src/engine/rollback/created-removal.ts';
import { systemClock } from '../../src/pve/clock.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import type { Harness, HarnessPlanOptions } from '../harness.ts';
import { errorsOf } from './guests.ts';

/** A client under which somebody does something just before its n-th write is sent; writes count from 1. */
export function beforeWrite(pve: PveClient, number: number, deed: () => Promise<unknown>): PveClient {
  let count = 0;
  const wrap =
    (send: PveClient['post']): PveClient['post'] =>
    async (path, options) => {
      count += 1;
      if (count === number) await deed();
      return await send(path, options);
    };
  return { ...pve, post: wrap(pve.post), put: wrap(pve.put), delete: wrap(pve.delete) };
}

/** A client under which somebody does something just after its n-th write was answered, before the next one is prepared. */
export function afterWrite(pve: PveClient, number: number, deed: () => Promise<unknown>): PveClient {
  let count = 0;
  const wrap =
    (send: PveClient['post']): PveClient['post'] =>
    async (path, options) => {
      const answer = await send(path, options);
      count += 1;
      if (count === number) await deed();
      return answer;
    };
  return { ...pve, post: wrap(pve.post), put: wrap(pve.put), delete: wrap(pve.delete) };
}

/** What a run came to, and all that it told. */
export interface ToldRun {
  readonly result: ApplyResult;
  readonly events: readonly ApplyEvent[];
}

/** Plans a document and carries the plan out as `apply` does: guests are planned anew, and what was made is taken back. */
export async function applyTold(
  harness: Harness,
  yaml: string,
  pve: PveClient,
  options: Partial<ApplyOptions> & HarnessPlanOptions & { readonly rollsBack?: boolean } = {},
): Promise<ToldRun> {
  const { rollsBack = false, allow = [], adopt, ...more } = options;
  const planOptions: HarnessPlanOptions = { allow, ...(adopt === undefined ? {} : { adopt }) };
  const plan = await harness.plan(yaml, planOptions);
  const problems = errorsOf(plan);
  if (problems.length > 0) throw new Error(problems.map(({ detail }) => detail).join('\n'));
  const events: ApplyEvent[] = [];
  const clock = { ...systemClock, sleep: (milliseconds: number) => systemClock.sleep(Math.min(milliseconds, 5)) };
  const resources = plan.resources.map(bareResource);
  const reading = { resources, project: { stack: null, mark: 'full' }, pve, user: pve.user, clock } as const;
  const result = await applyPlan({
    ...{ plan, pve, clock, random: () => 0, allowed: new Set<string>(allow) },
    onEvent: (event) => events.push(event),
    replan: async (address) => {
      const anew = await harness.plan(yaml, planOptions);
      const errors = errorsOf(anew);
      return errors.length > 0 ? errors : (anew.resources.find((resource) => resource.address === address) ?? []);
    },
    rollback: rollsBack ? (created) => planCreatedRemoval(created, reading) : undefined,
    ...more,
  });
  await harness.sandbox.settled();
  return { result, events };
}

/** How the steps of a run ended: `create: ok`. */
export function endsOf({ events }: ToldRun): readonly string[] {
  return events.flatMap((event) => (event.type === 'step.finished' ? [`${event.title}: ${event.outcome}`] : []));
}
