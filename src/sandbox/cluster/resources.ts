import type { JsonObject } from '../../core/json.ts';
import { behaviourOf } from '../behaviour.ts';
import type { NodeState, StorageDefinition } from '../host.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';
import { nodeRow } from '../nodes/node-row.ts';
import { isActive, isForNode } from '../storage/activate.ts';
import { containerRow, guestRow } from './guest-row.ts';

/** `GET /cluster/resources`: pools, guests, nodes and storages that the user may see (pve-manager: PVE/API2/Cluster.pm). */
export const resourcesEndpoint: HouseEndpoint = {
  method: 'GET',
  path: '/cluster/resources',
  handle(call) {
    const { type } = call.params;
    const isWanted = (name: string): boolean => type === undefined || type === name;
    return [
      ...(type === undefined ? pools(call) : []),
      ...(isWanted('vm') ? guests(call) : []),
      ...(isWanted('node') ? nodes(call) : []),
      ...(isWanted('storage') ? storages(call) : []),
      ...(type === undefined || type === 'sdn' || type === 'network' ? zones(call) : []),
    ];
  },
};

/** Pools have no type to ask for them alone. */
function pools({ host, user }: HouseCall): readonly JsonObject[] {
  return [...host.access.pools.keys()]
    .filter((id) => host.access.privileges(user, `/pool/${id}`).has('Pool.Audit'))
    .map((id) => ({ id: `/pool/${id}`, type: 'pool', pool: id }));
}

function guests({ host, user }: HouseCall): readonly JsonObject[] {
  const poolOf = new Map(
    [...host.access.pools].flatMap(([id, { vms }]) => [...vms].map((vmid) => [vmid, id] as const)),
  );
  const isSeen = ({ vmid }: { readonly vmid: number }): boolean =>
    host.access.privileges(user, `/vms/${vmid}`).has('VM.Audit');
  const seenPoolOf = (vmid: number): string | undefined => {
    const pool = poolOf.get(vmid);
    const mayAuditPool = pool !== undefined && host.access.privileges(user, `/pool/${pool}`).has('Pool.Audit');
    return mayAuditPool ? pool : undefined;
  };
  return [
    ...host.guests
      .list()
      .filter(isSeen)
      .map((entry) => guestRow(host, entry, seenPoolOf(entry.vmid))),
    ...host.guests
      .containers()
      .filter(isSeen)
      .map((entry) => containerRow(entry, seenPoolOf(entry.vmid))),
  ];
}

function nodes({ host, user }: HouseCall): readonly JsonObject[] {
  return [...host.nodes.values()].map((node) => {
    const mayAudit = host.access.privileges(user, `/nodes/${node.name}`).has('Sys.Audit');
    return { ...nodeRow(host, node, mayAudit), 'cgroup-mode': 2 };
  });
}

function storages(call: HouseCall): readonly JsonObject[] {
  const { host, user } = call;
  return [...host.nodes.values()].flatMap((node) =>
    host.storages
      // pvestatd tells of enabled storages only.
      .filter((storage) => isForNode(storage, node.name) && storage.options['disable'] !== '1')
      .filter(({ id }) => host.access.privileges(user, `/storage/${id}`).has('Datastore.Audit'))
      .map((storage) => storageRow(call, node, storage)),
  );
}

/** A storage as seen from a node. */
export function storageRow({ host }: HouseCall, node: NodeState, storage: StorageDefinition): JsonObject {
  const { total, used } = host.volumes.capacity(storage.id, node.name);
  const isUsable = isActive(host, storage, node.name);
  return {
    id: `storage/${node.name}/${storage.id}`,
    type: 'storage',
    storage: storage.id,
    node: node.name,
    plugintype: storage.type,
    content: storage.content.join(','),
    shared: storage.shared ? 1 : 0,
    ...(isUsable ? { status: 'available', maxdisk: total, disk: used } : { status: 'unknown' }),
  };
}

function zones({ host, user }: HouseCall): readonly JsonObject[] {
  if (!host.access.privileges(user, '/sdn/zones/localnetwork').has('SDN.Audit')) return [];
  if (!behaviourOf(host).zonesAreNetworks) {
    return [...host.nodes.values()].map(({ name }) => ({
      ...{ id: `sdn/${name}/localnetwork`, type: 'sdn', sdn: 'localnetwork', node: name, status: 'ok' },
    }));
  }
  return [...host.nodes.values()].map(({ name }) => ({
    ...{ id: `network/${name}/zone/localnetwork`, type: 'network', 'network-type': 'zone' },
    ...{ network: 'localnetwork', node: name, status: 'ok' },
  }));
}
