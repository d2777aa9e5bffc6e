import type { JsonObject } from '../../core/json.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';

/** What Proxmox VE's own services are called, and what they do here: they run. */
const SERVICE_STATE = { state: 'running', 'active-state': 'active', 'unit-state': 'enabled' } as const;
/** Services that a node of a simulated cluster does not have. */
const ABSENT: ReadonlySet<string> = new Set(['ksmtuned', 'systemd-timesyncd', 'proxmox-firewall', 'syslog']);

/** Reads of a node's own system: name servers, hosts file, services (pve-manager: PVE/API2/Nodes.pm, Services.pm). */
export const systemEndpoints: readonly HouseEndpoint[] = [
  {
    method: 'GET',
    path: '/nodes/{node}/dns',
    handle: () => ({ search: 'example.com', dns1: '127.0.0.1' }),
  },
  { method: 'GET', path: '/nodes/{node}/services', handle: listServices },
  {
    method: 'GET',
    path: '/nodes/{node}/services/{service}',
    handle: () => ['state', 'start', 'stop', 'restart', 'reload'].map((subdir) => ({ subdir })),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/services/{service}/state',
    handle: ({ params }) => serviceRow(String(params['service'])),
  },
];

function listServices({ host }: HouseCall): readonly JsonObject[] {
  const path = '/nodes/{node}/services/{service}';
  const names = host.facts.endpoints.find((fact) => fact.path === path)?.parameters['service']?.enum ?? [];
  return names.map(serviceRow);
}

function serviceRow(name: string): JsonObject {
  const isAbsent = ABSENT.has(name);
  const absent = { state: 'dead', 'active-state': 'inactive', 'unit-state': 'not-found' };
  return { service: name, name, desc: name, ...(isAbsent ? absent : SERVICE_STATE) };
}
