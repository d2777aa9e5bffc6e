import type { JsonObject } from '../../core/json.ts';
import { seesBridge } from '../access/sdn-bridge.ts';
import { parameterFailure } from '../api-error.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';

const BRIDGE_TYPES = new Set(['bridge', 'any_bridge', 'any_local_bridge', 'include_sdn']);

/** Reads of a node's network: one network card, and its bridges (pve-manager: PVE/API2/Network.pm). */
export const networkEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/nodes/{node}/network', handle: list },
  { method: 'GET', path: '/nodes/{node}/network/{iface}', handle: read },
];

function list({ host, params, user }: HouseCall): readonly JsonObject[] {
  const name = String(params['node']);
  const { type } = params;
  const isBridgeList = type !== undefined && BRIDGE_TYPES.has(String(type));
  const number = 10 + [...host.nodes.keys()].indexOf(name);
  const bridges = (host.nodes.get(name)?.bridges ?? [])
    // Lists of bridges to choose from show what the user may use; the full list shows all.
    .filter((bridge) => !isBridgeList || type === 'bridge' || seesBridge(host.access, user, 'localnetwork', bridge))
    .map((bridge, index) => bridgeRow(bridge, index, number));
  if (type === 'eth') return [ETHERNET];
  const withVnets = type === 'vnet' || type === 'any_bridge' || type === 'include_sdn';
  const vnets = [...(withVnets ? (host.vnets?.() ?? []) : [])]
    .filter(([vnet, zone]) => seesBridge(host.access, user, zone, vnet))
    .map(([iface]): JsonObject => ({ iface, type: 'vnet', active: 1 }));
  if (type === 'vnet') return vnets;
  if (isBridgeList) return [...bridges, ...vnets];
  return type === undefined ? [ETHERNET, ...bridges] : [];
}

/** One interface; its name is not repeated. */
function read({ host, params }: HouseCall): JsonObject {
  const name = String(params['node']);
  const number = 10 + [...host.nodes.keys()].indexOf(name);
  const bridges = (host.nodes.get(name)?.bridges ?? []).map((bridge, index) => bridgeRow(bridge, index, number));
  const found = [ETHERNET, ...bridges].find((row) => row['iface'] === params['iface']);
  if (found === undefined) throw parameterFailure({ iface: 'interface does not exist' });
  const { iface, ...rest } = found;
  return rest;
}

const ETHERNET: JsonObject = {
  ...{ iface: 'eno1', type: 'eth', active: 1, priority: 3 },
  ...{ method: 'manual', method6: 'manual', families: ['inet'] },
};

function bridgeRow(iface: string, index: number, host: number): JsonObject {
  const common = {
    ...{ iface, type: 'bridge', active: 1, autostart: 1, priority: 4 + index, families: ['inet'] },
    ...{ bridge_stp: 'off', bridge_fd: '0', method6: 'manual' },
  };
  if (index > 0) return { ...common, method: 'manual', bridge_ports: '' };
  const address = `192.0.2.${host}`;
  return {
    ...common,
    ...{ method: 'static', bridge_ports: 'eno1', address, netmask: '24', cidr: `${address}/24`, gateway: '192.0.2.1' },
  };
}
