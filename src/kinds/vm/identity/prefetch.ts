import type { Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import type { GuestRow } from '../../../pve/cluster-rows.ts';
import { begin, beginInTurn } from '../../begin.ts';
import { guestOf } from './by-vmid.ts';

type Place = Pick<GuestRow, 'node' | 'vmid'>;

/** The guests of the online nodes by the names that documents look for; a node that does not answer has none. */
async function guestsByName(
  names: ReadonlySet<string>,
  nodes: readonly string[],
  cluster: ClusterView,
): Promise<ReadonlyMap<string, readonly Place[]>> {
  const found = new Map<string, Place[]>();
  for (const node of nodes) {
    for (const { name, vmid } of await cluster.guestsOn(node).catch(() => [])) {
      if (name !== undefined && names.has(name)) found.set(name, [...(found.get(name) ?? []), { node, vmid }]);
    }
  }
  return found;
}

/**
 * Begins what each plan asks of the cluster as a whole, which would otherwise be asked one after the other before the first
 * guest is compared. Only when one answer has come: whoever is not let in is refused once, and not four times.
 */
export async function beginOfCluster(cluster: ClusterView): Promise<void> {
  await cluster.resources();
  begin(cluster.version());
  begin(cluster.clusterStatus());
  begin(cluster.permissions());
}

/**
 * Begins the reads that finding the documents' guests will surely ask for, so that they run side by side instead of one
 * after another: the lists of the nodes, whether the ids that no guest is seen to have are free, and the configuration of
 * each guest that a document names by id or by name, in the order of the documents.
 */
export async function beginReads(resources: readonly Resource[], cluster: ClusterView): Promise<void> {
  const { guests, nodes } = await cluster.resources();
  const vmids = new Set(resources.map((resource) => resource.spec['vmid']).filter((vmid) => vmid !== undefined));
  const names = new Set(resources.filter((resource) => resource.spec['vmid'] === undefined).map(({ name }) => name));
  const byId = new Map<unknown, Place>();
  for (const guest of guests) if (guest.type === 'qemu' && vmids.has(guest.vmid)) byId.set(guest.vmid, guest);
  const online = nodes.filter((node) => node.online && names.size > 0).map(({ node }) => node);
  for (const node of new Set([...online, ...[...byId.values()].map((guest) => guest.node)]))
    begin(cluster.guestsOn(node));
  // What each guest that is there is compared with besides.
  if (byId.size > 0 || guests.some(({ name }) => name !== undefined && names.has(name))) begin(cluster.haResources());
  const ids = [...vmids].filter((vmid) => typeof vmid === 'number');
  beginInTurn(
    ids.filter((vmid) => guestOf(vmid, guests) === undefined),
    (vmid) => cluster.nextId(vmid),
  );
  const byName = await guestsByName(names, online, cluster);
  const places = resources.flatMap(({ name, spec }): readonly Place[] => {
    if (spec['vmid'] === undefined) return byName.get(name) ?? [];
    const place = byId.get(spec['vmid']);
    return place === undefined ? [] : [place];
  });
  beginInTurn(places, ({ node, vmid }) => cluster.pending(node, vmid));
}
