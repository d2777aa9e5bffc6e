import { GIB } from '../../../core/units.ts';
import type { ClusterView } from '../../../pve/cluster.ts';

/**
 * The online nodes, those with most free memory (whole GiB) first, then by name; `planned` is what the plan itself gives
 * out, in bytes. Nodes whose memory the token may not see (Sys.Audit on /nodes) are left out.
 */
export async function rankedNodes(
  cluster: ClusterView,
  planned: ReadonlyMap<string, number>,
): Promise<readonly string[]> {
  const { nodes } = await cluster.resources();
  const ranked = nodes
    .filter((node) => node.online && node.maxmem > 0)
    .map((node) => ({
      name: node.node,
      free: Math.floor((node.maxmem - node.mem - (planned.get(node.node) ?? 0)) / GIB),
    }));
  return ranked
    .sort((left, right) => right.free - left.free || (left.name < right.name ? -1 : 1))
    .map((node) => node.name);
}
