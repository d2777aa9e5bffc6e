import type { Json } from '../../core/json.ts';
import type { Plan } from '../../core/plan.ts';
import { digestOf, sorted } from './digest-of.ts';

/** The SHA-256 of a plan, without its own `sha256`; the order of keys and the layout of the file are not in it. */
export function planDigest({ sha256: _, ...plan }: Plan): string {
  // As it comes back from a file: keys without a value are not there.
  return digestOf(sorted(JSON.parse(JSON.stringify(plan)) as Json));
}
