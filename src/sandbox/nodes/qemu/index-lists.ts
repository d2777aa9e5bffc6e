import type { Endpoint } from '../../host.ts';
import { loadGuest, scopeOf } from './guest.ts';

const GUEST = [
  'config',
  'cloudinit',
  'pending',
  'status',
  'unlink',
  'vncproxy',
  'termproxy',
  'migrate',
  'resize',
  'move',
  'rrd',
  'rrddata',
  'monitor',
  'agent',
  'snapshot',
  'spiceproxy',
  'sendkey',
  'firewall',
  'mtunnel',
  'remote_migrate',
];

const STATUS = ['current', 'start', 'stop', 'reset', 'shutdown', 'suspend', 'reboot'];

/** The directory listings of the API below a guest. */
export const indexEndpoints: readonly Endpoint[] = [
  index('/nodes/{node}/qemu/{vmid}', GUEST),
  index('/nodes/{node}/qemu/{vmid}/status', STATUS),
];

function index(path: string, names: readonly string[]): Endpoint {
  return {
    method: 'GET',
    path,
    handle(call) {
      loadGuest(scopeOf(call));
      return names.map((subdir) => ({ subdir }));
    },
  };
}
