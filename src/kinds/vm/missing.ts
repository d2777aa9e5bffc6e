import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Origin, Resource } from '../../core/resource.ts';
import type { ClusterView } from '../../pve/cluster.ts';

/** A storage that a document asks for, and what it is to hold. */
export interface StorageWish {
  readonly storage: string;
  readonly content: 'images' | 'iso';
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
  const what = wish.content === 'iso' ? 'ISO images' : 'disks';
  const usable = storages
    .filter((storage) => storage.content.includes(wish.content) && storage.active)
    .map((storage) => storage.storage);
  const remedy = `Storages for ${what} on ${node}: ${list(usable)}.`;
  const wanted = `${wish.path} is ${wish.storage} (${wish.origin.text})`;
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
  return problem(
    resource,
    'pool',
    origin,
    'the pool does not exist',
    `pool is ${pool} (${origin.text}), which does not exist. Pools: ${list(pools)}.`,
  );
}
