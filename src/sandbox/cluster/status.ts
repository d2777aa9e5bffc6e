import type { Json } from '../../core/json.ts';
import type { HouseEndpoint, SandboxState } from '../house.ts';

/** Whether most of the cluster's nodes are there. */
export function isQuorate(host: SandboxState): boolean {
  const nodes = [...host.nodes.values()];
  return nodes.filter(({ online }) => online).length * 2 > nodes.length;
}

/** `GET /cluster/status`: the cluster, where there is one, and its nodes (pve-manager: PVE/API2/Cluster.pm). */
export const statusEndpoint: HouseEndpoint = {
  method: 'GET',
  path: '/cluster/status',
  handle({ host }) {
    const nodes = [...host.nodes.values()].map((node, index) => ({
      ...{ id: `node/${node.name}`, type: 'node', name: node.name, level: '', online: node.online ? 1 : 0 },
      ...{ nodeid: host.clusterName === null ? 0 : index + 1, ip: `192.0.2.${10 + index}`, local: index === 0 ? 1 : 0 },
    }));
    return [...clusterRow(host), ...nodes];
  },
};

function clusterRow(host: SandboxState): readonly Json[] {
  if (host.clusterName === null) return [];
  const { size } = host.nodes;
  const quorate = isQuorate(host) ? 1 : 0;
  return [{ id: 'cluster', type: 'cluster', name: host.clusterName, version: size, nodes: size, quorate }];
}
