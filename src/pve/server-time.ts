import { PvevmError } from '../core/error.ts';
import type { PveReader } from './reader.ts';

/**
 * The time by the server's own clock, in milliseconds since the epoch, exact to a second: the date of an answer, which
 * takes no privilege, as `/nodes/{node}/time` does. Throws `PVE_ERROR` where the answer has none.
 */
export async function serverTime(pve: PveReader): Promise<number> {
  await pve.get('/version');
  const time = pve.answeredAt?.();
  if (time !== undefined) return time;
  throw new PvevmError('PVE_ERROR', 'cannot tell the time of the server: its answers have no date', {
    hints: ['Check what stands between here and Proxmox VE: a proxy may take the Date of its answers away.'],
  });
}
