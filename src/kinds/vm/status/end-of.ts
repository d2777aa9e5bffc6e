import { parseUntil } from '../../../core/until.ts';
import type { LiveState, ObjectStatus } from '../../kind.ts';
import { splitDescription } from '../identity/mark.ts';

/** When a guest's time is over, and how long that is from now by the server's clock; nothing for one that stays. */
export function endOf(
  vmid: number,
  live: LiveState,
  now: number | undefined,
): Pick<ObjectStatus, 'until' | 'secondsLeft'> {
  const { mark } = splitDescription(live.current.get('description') ?? '');
  if (mark?.until === undefined || mark.vmid !== vmid) return {};
  const end = parseUntil(mark.until);
  if (end === undefined) return {};
  return { until: mark.until, ...(now === undefined ? {} : { secondsLeft: Math.round((end - now) / 1000) }) };
}
