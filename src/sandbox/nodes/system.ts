import type { JsonObject } from '../../core/json.ts';
import { failure } from '../api-error.ts';
import { digestOfText } from '../digest.ts';
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
  { method: 'GET', path: '/nodes/{node}/hosts', handle: readHosts },
  { method: 'POST', path: '/nodes/{node}/hosts', handle: writeHosts },
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

/** The hosts file of a node, as long as nobody wrote another one. */
function hostsOf({ host, params }: HouseCall): string {
  const name = String(params['node']);
  const number = 10 + [...host.nodes.keys()].indexOf(name);
  const own = `127.0.0.1 localhost\n192.0.2.${number} ${name}.example.com ${name}\n`;
  return host.files.read(hostsFile(name)) ?? own;
}

function hostsFile(node: string): string {
  return `nodes/${node}/hosts`;
}

function readHosts(call: HouseCall): JsonObject {
  const data = hostsOf(call);
  return { data, digest: digestOfText(data) };
}

function writeHosts(call: HouseCall): null {
  const { host, params } = call;
  const { digest } = params;
  if (digest !== undefined && digest !== '' && digest !== digestOfText(hostsOf(call))) {
    throw failure('detected modified configuration - file changed by other user? Try again.');
  }
  host.files.write(hostsFile(String(params['node'])), String(params['data']));
  return null;
}

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
