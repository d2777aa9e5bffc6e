import { failure } from '../../api-error.ts';
import type { Endpoint } from '../../host.ts';
import { checkSkipLock, isRunning, loadGuest, scopeOf } from './guest.ts';

/** `PUT …/sendkey`: presses a key of a running guest, which changes nothing here (qemu-server: PVE/API2/Qemu.pm). */
export const sendKeyEndpoint: Endpoint = {
  method: 'PUT',
  path: '/nodes/{node}/qemu/{vmid}/sendkey',
  handle(call) {
    const scope = scopeOf(call);
    checkSkipLock(call);
    loadGuest(scope);
    if (!isRunning(scope)) throw failure(`VM ${scope.vmid} not running`);
    return null;
  },
};
