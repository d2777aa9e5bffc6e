import { PvevmError } from '../../core/error.ts';
import type { GuestPlan } from '../../core/plan.ts';
import type { Step } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { PveReader } from '../../pve/reader.ts';
import type { TextRow } from '../../pve/text-rows.ts';

// A list inside a value, as of nodes or addresses, comes in any order.
const words = (text: string): string => text.split(',').sort().join(',');

/** Whether two rows of a list say the same. */
export function sameRow(left: TextRow, right: TextRow): boolean {
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => {
    const [one, other] = [left[key], right[key]];
    return one === other || (one !== undefined && other !== undefined && words(one) === words(other));
  });
}

/**
 * Reads the list that a step expects just before its write: positions in it mean something only while it is as planned.
 * Returns its digest, which is empty for an empty list; undefined where the step expects none. Throws `STALE` where the
 * list has changed.
 */
export async function requireList(
  step: Step,
  plan: GuestPlan,
  vmid: number,
  pve: PveReader,
): Promise<string | undefined> {
  const expected = step.expects?.list;
  if (expected === undefined) return undefined;
  const path = expected.path.replaceAll('{vmid}', String(vmid));
  const { rows, digest = '' } = await createClusterView(pve).texts(path);
  const same = rows.length === expected.rows.length && rows.every((row, at) => sameRow(row, expected.rows[at] ?? {}));
  if (same) return digest;
  throw new PvevmError('STALE', `cannot ${step.title}: ${path} has changed since it was planned`, {
    hints: [`Look at guest ${vmid} on ${plan.node}, and run the command again: it plans from what is there now.`],
  });
}
