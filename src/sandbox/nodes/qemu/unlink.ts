import type { Call, Endpoint } from '../../host.ts';
import { updateNow } from './config-write.ts';

/** `PUT …/unlink`: another way to say `delete` (and `force`) to the config (qemu-server: PVE/API2/Qemu.pm, unlink). */
export const unlinkEndpoint: Endpoint = {
  method: 'PUT',
  path: '/nodes/{node}/qemu/{vmid}/unlink',
  handle(call) {
    const { node, vmid, idlist, force } = call.params;
    const params: Call['params'] = {
      node: node ?? '',
      vmid: vmid ?? 0,
      delete: idlist ?? '',
      ...(force === undefined ? {} : { force }),
    };
    return updateNow({ ...call, params });
  },
};
