import type { ResourcePlan } from '../../core/plan.ts';
import { consentFor } from '../../engine/consent.ts';
import { type FilterName, TRAITS } from './filters.ts';
import { html, type Markup } from './markup.ts';

/** What a resource's changes and steps do to a running guest, the lightest first. */
export function traitsOf({ changes, steps }: ResourcePlan): readonly (typeof TRAITS)[number][] {
  const names = new Set<string>([
    ...changes.map(({ effect, state }) => (state === 'pending' ? 'pending' : effect)),
    ...changes.filter(({ state }) => state === 'drift').map(({ state }) => state),
    ...steps.flatMap((step) => [step.effect, ...consentFor(step)]),
  ]);
  return TRAITS.filter((name) => names.has(name));
}

/** What people call a trait: as `--allow` does, where it takes it. */
export function traitText(name: (typeof TRAITS)[number]): string {
  return name === 'pending' ? 'waits for a restart' : name;
}

/** A trait as a label beside a name. */
export function formatTag(name: (typeof TRAITS)[number]): Markup {
  return html`<span class="tag ${name satisfies FilterName}">${traitText(name)}</span>`;
}
