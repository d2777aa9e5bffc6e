import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Origin, Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';

/** A storage that a document asks for, and what it is to hold. */
export interface StorageWish {
  readonly storage: string;
  readonly content: 'images' | 'iso' | 'snippets';
  readonly path: string;
  readonly origin: Origin;
}

function problem(resource: Resource, path: string, origin: Origin, summary: string, detail: string): Diagnostic {
  return {
    severity: 'error',
    code: 'MISSING',
    summary,
    detail,
    range: origin.range ?? resource.range,
    address: resource.address,
    pointer: `/${path.replaceAll('.', '/')}`,
  };
}

/** What may be there or not: the token is not shown it. */
function unseen(
  resource: Resource,
  path: string,
  origin: Origin,
  says: string,
  privilege: string,
  on: string,
): Diagnostic {
  const detail = `${says}: seeing it needs ${privilege} on ${on}, which it does not hold. Give it a role with that privilege there, or write another one.`;
  return { ...problem(resource, path, origin, 'a privilege is missing', detail), code: 'PERMISSION' };
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : [...names].sort().join(', ');
}

/** Why a storage cannot be used on a node: it is not there, holds other content, or is not active. */
export async function missingStorage(
  resource: Resource,
  wish: StorageWish,
  node: string,
  cluster: ClusterView,
): Promise<Diagnostic | undefined> {
  const storages = await cluster.storagesOf(node);
  const found = storages.find((storage) => storage.storage === wish.storage);
  const what = { images: 'disks', iso: 'ISO images', snippets: 'snippets' }[wish.content];
  const usable = storages
    .filter((storage) => storage.content.includes(wish.content) && storage.active)
    .map((storage) => storage.storage);
  const remedy = `Storages for ${what} on ${node}: ${list(usable)}.`;
  const wanted = `${wish.path} is ${wish.storage} (${wish.origin.text})`;
  const path = `/storage/${wish.storage}`;
  const isSeen =
    (await cluster.holdsItself(path, 'Datastore.Audit')) ||
    (await cluster.holdsItself(path, 'Datastore.AllocateSpace'));
  if (found === undefined && !isSeen)
    // pve-manager: PVE/API2/Storage/Status.pm, index: what the token may neither audit nor use is left out.
    return unseen(
      resource,
      wish.path,
      wish.origin,
      `${wanted}, which the token may not see, if it is there`,
      wish.content === 'images' && !cluster.isForAnother ? 'Datastore.AllocateSpace' : 'Datastore.Audit',
      path,
    );
  if (found === undefined)
    return problem(
      resource,
      wish.path,
      wish.origin,
      'the storage does not exist',
      `${wanted}, which ${node} does not have. ${remedy}`,
    );
  if (!found.content.includes(wish.content))
    return problem(
      resource,
      wish.path,
      wish.origin,
      'the storage cannot hold this',
      `${wanted}, which holds ${list(found.content)}, but no ${what}. ${remedy}`,
    );
  if (!found.active)
    return problem(
      resource,
      wish.path,
      wish.origin,
      'the storage is not active',
      `${wanted}, which is not active on ${node}. ${remedy}`,
    );
  return undefined;
}

/** A bridge that a node does not have. */
export async function missingBridge(
  resource: Resource,
  wish: { readonly bridge: string; readonly path: string; readonly origin: Origin },
  node: string,
  cluster: ClusterView,
): Promise<Diagnostic | undefined> {
  const bridges = await cluster.bridges(node);
  if (bridges.includes(wish.bridge)) return undefined;
  const path = `/sdn/zones/localnetwork/${wish.bridge}`;
  const isSeen = (await cluster.holdsItself(path, 'SDN.Use')) || (await cluster.holdsItself(path, 'SDN.Audit'));
  const isFiltered = Number.parseInt((await cluster.version()).version, 10) >= 8;
  if (isFiltered && !isSeen) {
    // pve-manager: PVE/API2/Network.pm, index: what the token may neither audit nor use is left out.
    const says = `${wish.path} is ${wish.bridge} (${wish.origin.text}), which the token may not see, if it is there`;
    return unseen(resource, wish.path, wish.origin, says, cluster.isForAnother ? 'SDN.Audit' : 'SDN.Use', path);
  }
  const detail = `${wish.path} is ${wish.bridge} (${wish.origin.text}), which ${node} does not have. Bridges on ${node}: ${list(bridges)}.`;
  return problem(resource, wish.path, wish.origin, 'the bridge does not exist', detail);
}

/** A node that a document names and the cluster does not have, or that is offline. */
export async function missingNode(
  resource: Resource,
  node: string,
  origin: Origin,
  cluster: ClusterView,
): Promise<Diagnostic | undefined> {
  const { nodes } = await cluster.resources();
  const found = nodes.find((candidate) => candidate.node === node);
  const online = list(nodes.filter((candidate) => candidate.online).map((candidate) => candidate.node));
  if (found === undefined)
    return problem(
      resource,
      'node',
      origin,
      'the node does not exist',
      `node is ${node} (${origin.text}), which the cluster does not have. Nodes online: ${online}.`,
    );
  if (found.online) return undefined;
  return problem(
    resource,
    'node',
    origin,
    'the node is offline',
    `node is ${node} (${origin.text}), which is offline. Nodes online: ${online}.`,
  );
}

/** A pool that does not exist. */
export async function missingPool(
  resource: Resource,
  pool: string,
  origin: Origin,
  cluster: ClusterView,
): Promise<Diagnostic | undefined> {
  const pools = (await cluster.pools()).map((row) => row.poolid);
  if (pools.includes(pool)) return undefined;
  const path = `/pool/${pool}`;
  if (!(await cluster.holds(path, 'Pool.Audit'))) {
    // pve-manager: PVE/API2/Pool.pm, index: what the token may not audit is left out.
    const says = `pool is ${pool} (${origin.text}), which the token may not see, if it is there`;
    return unseen(resource, 'pool', origin, says, 'Pool.Audit', path);
  }
  return problem(
    resource,
    'pool',
    origin,
    'the pool does not exist',
    `pool is ${pool} (${origin.text}), which does not exist. Pools: ${list(pools)}.`,
  );
}
