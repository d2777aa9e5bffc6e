import type { JsonObject } from '../../../core/json.ts';
import type { HaResource } from '../../host.ts';
import type { HouseEndpoint, SandboxState } from '../../house.ts';
import { isQuorate } from '../status.ts';
import { haStateOf } from './service-state.ts';

/** `GET /cluster/ha/status/current` (pve-ha-manager: PVE/API2/HA/Status.pm). */
export const haStatusEndpoint: HouseEndpoint = {
  method: 'GET',
  path: '/cluster/ha/status/current',
  handle({ host }) {
    const node = [...host.nodes.keys()][0] ?? '';
    const quorate = isQuorate(host);
    const quorum = {
      id: 'quorum',
      type: 'quorum',
      node,
      quorate: quorate ? 1 : 0,
      status: quorate ? 'OK' : 'No quorum on node!',
    };
    const isActive = host.ha.size > 0;
    const fencing = {
      ...{ id: 'fencing', type: 'fencing', node, 'armed-state': isActive ? 'armed' : 'standby' },
      status: isActive ? 'armed (CRM watchdog active)' : 'standby (CRM watchdog standby)',
    };
    return [quorum, fencing, ...[...host.ha.values()].map((resource) => serviceRow(host, resource))];
  },
};

function serviceRow(host: SandboxState, { sid, type, options }: HaResource): JsonObject {
  const node = host.guests.get(Number(sid.slice(type.length + 1)))?.node ?? '';
  const state = haStateOf(host, sid) ?? 'queued';
  return {
    ...{ id: `service:${sid}`, type: 'service', sid, node, state, status: `${sid} (${node}, ${state})` },
    request_state: options['state'] ?? 'started',
    crm_state: state,
    failback: Number(options['failback'] ?? 1),
    max_restart: Number(options['max_restart'] ?? 1),
    max_relocate: Number(options['max_relocate'] ?? 1),
    ...(options['comment'] === undefined ? {} : { comment: options['comment'] }),
  };
}
