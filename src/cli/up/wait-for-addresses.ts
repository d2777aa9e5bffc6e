import type { Clock } from '../../core/clock.ts';
import { PvevmError } from '../../core/error.ts';
import { displayDuration } from '../../core/units.ts';
import type { PlanOptions } from '../../engine/plan.ts';
import { type ResourceStatus, readStatus, type Status } from '../../engine/status.ts';

const POLL_MS = 2000;

/** Whether a guest that runs, and whose agent is on, shows no address of a network device of its own yet. */
function isAwaited({ state, agent, addresses }: ResourceStatus): boolean {
  if (state !== 'running' || agent === null || agent === 'refused') return false;
  return !addresses.some(({ device }) => device !== null);
}

/**
 * Looks at the guests of documents until each that runs, and whose agent is on, shows an address that others can reach,
 * for so many milliseconds at most; 0 looks once, and takes what there is. In the end it throws `TIMEOUT` with the guests
 * that show none, or takes what there is; throws the signal's reason when it is aborted.
 */
export async function waitForAddresses(
  options: PlanOptions & { readonly clock: Clock },
  timeoutMs: number,
  signal: AbortSignal,
  onWait: (waiting: readonly string[]) => void,
  inTheEnd: 'throw' | 'take what there is' = 'throw',
): Promise<Status> {
  const { clock } = options;
  const start = clock.now();
  for (let isFirst = true; ; isFirst = false) {
    const status = await readStatus(options);
    const waiting = status.resources.filter(isAwaited).map(({ address }) => address);
    if (waiting.length === 0 || timeoutMs === 0) return status;
    const left = timeoutMs - (clock.now() - start);
    if (left <= 0 && inTheEnd === 'take what there is') return status;
    if (left <= 0) {
      throw new PvevmError(
        'TIMEOUT',
        `no address of ${waiting.join(', ')} is known after ${displayDuration(timeoutMs)}`,
        {
          hints: [
            'Check that the guest agent is installed in the guest, and that its network comes up.',
            'Give it longer with --wait, or go on without addresses with --no-wait.',
          ],
        },
      );
    }
    if (isFirst) onWait(waiting);
    await clock.sleep(Math.min(POLL_MS, left), signal);
  }
}
