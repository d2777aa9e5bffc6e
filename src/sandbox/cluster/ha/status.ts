import type { JsonObject } from '../../../core/json.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { HaResource } from '../../host.ts';
import type { HouseEndpoint, SandboxState } from '../../house.ts';
import { isQuorate } from '../status.ts';
import { haStateOf } from './service-state.ts';

/** The reads below `/cluster/ha/status` (pve-ha-manager: PVE/API2/HA/Status.pm). */
export const haStatusEndpoints: readonly HouseEndpoint[] = [
  {
    method: 'GET',
    path: '/cluster/ha/status/current',
    handle: ({ host }) => [
      quorum(host),
      ...(behaviourOf(host).haStatusShowsFencing ? [fencing(host)] : []),
      ...[...host.ha.values()].map((resource) => serviceRow(host, resource)),
    ],
  },
  { method: 'GET', path: '/cluster/ha/status/manager_status', handle: ({ host }) => managerStatus(host) },
];

function localNode(host: SandboxState): string {
  return [...host.nodes.keys()][0] ?? '';
}

function quorum(host: SandboxState): JsonObject {
  const isThere = isQuorate(host);
  return {
    ...{ id: 'quorum', type: 'quorum', node: localNode(host), quorate: isThere ? 1 : 0 },
    status: isThere ? 'OK' : 'No quorum on node!',
  };
}

function fencing(host: SandboxState): JsonObject {
  const isActive = host.ha.size > 0;
  return {
    ...{ id: 'fencing', type: 'fencing', node: localNode(host), 'armed-state': isActive ? 'armed' : 'standby' },
    status: isActive ? 'armed (CRM watchdog active)' : 'standby (CRM watchdog standby)',
  };
}

function nodeOf(host: SandboxState, { sid, type }: HaResource): string {
  return host.guests.get(Number(sid.slice(type.length + 1)))?.node ?? '';
}

function serviceRow(host: SandboxState, resource: HaResource): JsonObject {
  const { sid, options } = resource;
  const node = nodeOf(host, resource);
  const state = haStateOf(host, sid) ?? 'queued';
  return {
    ...{ id: `service:${sid}`, type: 'service', sid, node, state, status: `${sid} (${node}, ${state})` },
    request_state: options['state'] ?? 'started',
    crm_state: state,
    ...(behaviourOf(host).haStatusShowsFencing ? { failback: Number(options['failback'] ?? 1) } : {}),
    max_restart: Number(options['max_restart'] ?? 1),
    max_relocate: Number(options['max_relocate'] ?? 1),
    ...(options['comment'] === undefined ? {} : { comment: options['comment'] }),
    ...(options['group'] === undefined ? {} : { group: options['group'] }),
  };
}

/** Without a resource there is no manager, and it says nothing of the nodes. */
function managerStatus(host: SandboxState): JsonObject {
  const node = localNode(host);
  const asked: JsonObject = { node, quorate: isQuorate(host) ? '1' : '0' };
  if (host.ha.size === 0) return { manager_status: { node_status: {} }, quorum: asked };
  const nodes = [...host.nodes.values()].map(({ name, online }) => [name, online ? 'online' : 'unknown']);
  const services = [...host.ha.values()].map((resource) => [
    resource.sid,
    {
      ...{ node: nodeOf(host, resource), state: haStateOf(host, resource.sid) ?? 'queued' },
      ...(host.guests.startedAt(Number(resource.sid.slice(3))) === undefined ? {} : { running: 1 }),
    },
  ]);
  return {
    manager_status: {
      ...{ master_node: node, timestamp: Math.floor(host.clock.now() / 1000) },
      ...{ node_status: Object.fromEntries(nodes), service_status: Object.fromEntries(services) },
    },
    quorum: asked,
  };
}
