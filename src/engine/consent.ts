import type { Address } from '../core/address.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Effect } from '../core/effect.ts';
import type { Plan } from '../core/plan.ts';
import type { Step } from '../core/step.ts';

// A change that only stays pending is written and reported; the others need to be allowed.
const NEEDS_CONSENT: ReadonlySet<Effect> = new Set(['migrate', 'recreate', 'data-loss']);

const WORDS: Readonly<Record<string, string>> = {
  restart: 'restarts the guest',
  'hard-stop': 'stops the guest hard where it does not shut down in time',
};

/** What has to be allowed for a step to run, as `--allow` takes it: its effect, and what it says of itself. */
export function consentFor({ effect, needs = [] }: Step): readonly string[] {
  return [...new Set<string>([...(NEEDS_CONSENT.has(effect) ? [effect] : []), ...needs])];
}

/** All that the steps of a plan need to be allowed, whether it was or not: what one `--allow` for the whole plan names. */
export function neededConsent(plan: Plan): readonly string[] {
  const steps = plan.resources.flatMap((resource) => resource.steps);
  return [...new Set(steps.flatMap(consentFor))].sort();
}

/** A step that may not run yet, and what has to be allowed for it. */
export interface MissingConsent {
  readonly address: Address;
  readonly title: string;
  readonly names: readonly string[];
  /** What goes by it for good: volumes and files by their ids, and snapshots. */
  readonly removes: readonly string[];
}

/** The steps of a plan that need what was not allowed, in the order of the plan. */
export function stepsWithoutConsent(plan: Plan, allowed: ReadonlySet<string>): readonly MissingConsent[] {
  return plan.resources.flatMap(({ address, steps }) =>
    steps.flatMap((step): readonly MissingConsent[] => {
      const names = missingOf(step, allowed);
      return names.length === 0 ? [] : [{ address, title: step.title, names, removes: step.removes ?? [] }];
    }),
  );
}

function missingOf(step: Step, allowed: ReadonlySet<string>): readonly string[] {
  return consentFor(step).filter((name) => !allowed.has(name));
}

/**
 * What the steps of a plan need and was not allowed: their effects, and what they say of themselves (a restart, a hard
 * stop). One error a step, and each names what the whole plan needs; an empty result means that the plan may run.
 */
export function missingConsent(plan: Plan, allowed: ReadonlySet<string>): readonly Diagnostic[] {
  const flags = `--allow ${neededConsent(plan).join(',')}`;
  return stepsWithoutConsent(plan, allowed).map(({ address, title, names }) => {
    const [first = ''] = names;
    const words = WORDS[first];
    return {
      severity: 'error',
      code: 'CONSENT',
      summary: words === undefined ? `the plan has a step with the effect ${first}` : `a step ${words}`,
      detail: `${address}: ${title}. Allow the plan with ${flags}, after looking at what it changes.`,
      address,
    };
  });
}
