import type { Json } from '../../../core/json.ts';
import type { Endpoint } from '../../host.ts';
import { scopeOf } from './guest.ts';
import { guestStatus } from './guest-status.ts';
import { isPaused } from './power.ts';

/** `GET /nodes/{node}/qemu`: the node's guests that the user may see; others are left out without a word. */
export const listEndpoint: Endpoint = {
  method: 'GET',
  path: '/nodes/{node}/qemu',
  handle(call): Json {
    const { host, user } = call;
    const isFull = call.params['full'] === 1;
    return host.guests
      .list(String(call.params['node']))
      .filter(({ vmid }) => host.access.privileges(user, `/vms/${vmid}`).has('VM.Audit'))
      .map((entry) => {
        const status = guestStatus(host, entry);
        if (!isFull) return status;
        const paused = isPaused({ ...scopeOf(call), vmid: entry.vmid });
        return { ...status, qmpstatus: paused ? 'paused' : String(status['status']) };
      });
  },
};
