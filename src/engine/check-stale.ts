import { PvevmError } from '../core/error.ts';
import type { Plan } from '../core/plan.ts';
import type { PveReader } from '../pve/reader.ts';
import { findStale } from './find-stale.ts';

const REMEDY = 'The plan was carried out before, or somebody else was faster: look at a new one, pvevm plan.';

/**
 * Throws `STALE` before anything is written where resources of a plan are not as it found them, and names them all.
 * `remedy` says what to do then.
 */
export async function checkStale(plan: Plan, pve: PveReader, remedy: string = REMEDY): Promise<void> {
  const stale = await findStale(plan, pve);
  const [first] = stale;
  if (first === undefined) return;
  if (stale.length === 1)
    throw new PvevmError('STALE', `cannot ${first.verb} ${first.address}: ${first.reason}`, { hints: [remedy] });
  throw new PvevmError('STALE', `cannot apply the plan: ${stale.length} resources are not as it found them`, {
    details: stale.map(({ address, reason }) => `${address}: ${reason}`),
    hints: [remedy],
  });
}
