import type { Diagnostic } from '../core/diagnostic.ts';
import type { Effect } from '../core/effect.ts';
import type { Plan } from '../core/plan.ts';

// A change that only stays pending is written and reported; the others need to be allowed.
const NEEDS_CONSENT: ReadonlySet<Effect> = new Set(['migrate', 'recreate', 'data-loss']);

/** The effects of a plan that were not allowed, one error a step. An empty result means that it may run. */
export function missingConsent(plan: Plan, allowed: ReadonlySet<string>): readonly Diagnostic[] {
  return plan.resources.flatMap((resource) =>
    resource.steps
      .filter((step) => NEEDS_CONSENT.has(step.effect) && !allowed.has(step.effect))
      .map(
        (step): Diagnostic => ({
          severity: 'error',
          code: 'CONSENT',
          summary: `the plan has a step with the effect ${step.effect}`,
          detail: `${resource.address}: ${step.title}. Allow it with --allow ${step.effect}, after looking at what it changes.`,
          address: resource.address,
        }),
      ),
  );
}
