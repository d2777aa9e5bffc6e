import type { Step } from '../../core/step.ts';
import { consentFor } from '../consent.ts';

/** Whether a step takes a running guest down; a config write of that effect only waits for it. */
function takesDown({ effect, request }: Step): boolean {
  return effect === 'restart' && request?.path.endsWith('/config') !== true;
}

/**
 * What a person who looked at steps has agreed to by that: the names of heavy effects as `--allow` has them, and all that
 * goes by them, by its names.
 */
function deedsOf(steps: readonly Step[]): ReadonlySet<string> {
  return new Set(
    steps.flatMap((step) => [
      ...consentFor(step),
      ...(takesDown(step) ? ['restart'] : []),
      ...(step.removes ?? []).map((name) => `removal of ${name}`),
    ]),
  );
}

/** The deeds of new steps that old ones did not name. */
export function newDeeds(made: readonly Step[], planned: readonly Step[]): readonly string[] {
  const known = deedsOf(planned);
  return [...deedsOf(made)].filter((deed) => !known.has(deed)).sort();
}
