import type { Address } from '../../core/address.ts';
import type { Effect } from '../../core/effect.ts';
import type { Step, StepAwait, StepRequest } from '../../core/step.ts';

const MINUTE_MS = 60_000;

/** How long steps wait: a config write is quick, a volume may be large, a guest may take its time to shut down. */
export const TIMEOUTS: Readonly<Record<'config' | 'volume' | 'power', number>> = {
  config: MINUTE_MS,
  volume: 60 * MINUTE_MS,
  power: 5 * MINUTE_MS,
};

/** A step before it has its number. */
export interface Draft {
  readonly title: string;
  readonly effect: Effect;
  readonly needs?: NonNullable<Step['needs']>;
  readonly request?: StepRequest;
  readonly removes?: NonNullable<Step['removes']>;
  readonly expects?: NonNullable<Step['expects']>;
  readonly loads?: NonNullable<Step['loads']>;
  readonly await: StepAwait;
  readonly hints?: NonNullable<Step['hints']>;
}

/** Numbers the steps of a resource, in their order. */
export function numberSteps(resource: Address, drafts: readonly Draft[]): readonly Step[] {
  return drafts.map((draft, index) => ({ id: `${resource}#${index + 1}`, resource, ...draft }));
}

/**
 * The steps with the planned digest in the first config write, and `{digest}`, the one of a read made just before, in
 * those that follow. Calls that take no digest are left alone.
 */
export function withDigests(drafts: readonly Draft[], planned: string | null): readonly Draft[] {
  let first = planned !== null;
  return drafts.map((draft) => {
    if (draft.request === undefined || !/\/(config|resize|move_disk)$/.test(draft.request.path)) return draft;
    const digest = first ? (planned as string) : '{digest}';
    first = false;
    return { ...draft, request: { ...draft.request, params: { ...draft.request.params, digest } } };
  });
}
