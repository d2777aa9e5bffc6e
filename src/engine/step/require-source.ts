import { PvevmError } from '../../core/error.ts';
import type { Step } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { PveReader } from '../../pve/reader.ts';

/**
 * Throws `STALE` where the guest that a step makes another one from is not as it was when that was planned: what is
 * written after it rests on what it takes over.
 */
export async function requireSource(step: Step, pve: PveReader): Promise<void> {
  const source = step.expects?.source;
  if (source === undefined) return;
  const { node, vmid } = source;
  const { digest } = await createClusterView(pve).pending(node, vmid);
  if (digest === source.digest) return;
  throw new PvevmError('STALE', `cannot ${step.title}: the configuration of guest ${vmid} has changed since`, {
    hints: [`Look at guest ${vmid} on ${node}, and run the command again: it plans from what is there now.`],
  });
}
