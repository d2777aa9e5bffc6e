import type { Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';

/** Begins a read whose answer the view keeps; a failure shows where the answer is asked for. */
function begin(answer: Promise<unknown>): void {
  answer.catch(() => undefined);
}

/**
 * Begins the reads that finding the documents' guests will surely ask for, so that they run side by side instead of one
 * after another: the lists of the nodes, and the configuration of each guest that a document names by id or by name.
 * The client's connections bound how many are under way.
 */
export async function beginReads(resources: readonly Resource[], cluster: ClusterView): Promise<void> {
  const { guests, nodes } = await cluster.resources();
  const vmids = new Set(resources.map((resource) => resource.spec['vmid']).filter((vmid) => vmid !== undefined));
  const names = new Set(resources.filter((resource) => resource.spec['vmid'] === undefined).map(({ name }) => name));
  const byId = guests.filter((guest) => guest.type === 'qemu' && vmids.has(guest.vmid));
  for (const { node, vmid } of byId) begin(cluster.pending(node, vmid));
  const online = nodes.filter((node) => node.online && names.size > 0).map(({ node }) => node);
  for (const node of new Set([...online, ...byId.map((guest) => guest.node)])) begin(cluster.guestsOn(node));
  for (const node of online) {
    const rows = await cluster.guestsOn(node).catch(() => []);
    for (const { name, vmid } of rows) if (name !== undefined && names.has(name)) begin(cluster.pending(node, vmid));
  }
}
