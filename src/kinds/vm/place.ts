import type { Address } from '../../core/address.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import { GIB, parseSize } from '../../core/units.ts';
import type { ClusterView } from '../../pve/cluster.ts';
import type { PlanContext } from '../kind.ts';
import { wantedBridges, wantedDisks } from './wants.ts';

/** Where a new guest goes. */
export interface Placement {
  readonly node: string;
  readonly nodeReason?: string;
  readonly vmid: number;
  readonly vmidChosen: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

function memoryOf(resource: Resource): number {
  const memory = resource.spec['memory'];
  const size = typeof memory === 'object' && memory !== null ? (memory as { size?: unknown }).size : undefined;
  return typeof size === 'string' ? (parseSize(size) ?? 0) : 0;
}

/** Whether a node has the storages and bridges that a document names. */
async function hasWhatIsNamed(node: string, resource: Resource, cluster: ClusterView): Promise<boolean> {
  const storages = new Set((await cluster.storagesOf(node)).map((storage) => storage.storage));
  const bridges = new Set(await cluster.bridges(node));
  return (
    wantedDisks(resource).every((disk) => storages.has(disk.storage)) &&
    wantedBridges(resource).every((nic) => bridges.has(nic.bridge))
  );
}

/** The nodes a guest may be created on, those with most free memory (whole GiB) first, then by name. */
async function rankedNodes(cluster: ClusterView, planned: ReadonlyMap<string, number>): Promise<readonly string[]> {
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

async function chooseNode(
  resource: Resource,
  cluster: ClusterView,
  planned: ReadonlyMap<string, number>,
): Promise<Pick<Placement, 'node' | 'nodeReason' | 'diagnostics'>> {
  const written = resource.spec['node'];
  if (typeof written === 'string') return { node: written, diagnostics: [] };
  const ranked = await rankedNodes(cluster, planned);
  const [best] = ranked;
  if (best === undefined) {
    const diagnostic: Diagnostic = {
      severity: 'error',
      code: 'PERMISSION',
      summary: 'the node cannot be chosen',
      detail:
        'The token cannot see how much memory the nodes have free. Write node, or give the token Sys.Audit on /nodes.',
      range: resource.range,
      address: resource.address,
      pointer: '/node',
    };
    return { node: '', diagnostics: [diagnostic] };
  }
  for (const node of ranked) {
    if (await hasWhatIsNamed(node, resource, cluster)) return { node, nodeReason: 'most free memory', diagnostics: [] };
  }
  return { node: best, nodeReason: 'most free memory', diagnostics: [] };
}

/** The ids free for pvevm to choose, from 101 on: what `/cluster/nextid` says, and from there what it confirms. */
async function chooseId(cluster: ClusterView, taken: ReadonlySet<number>): Promise<number> {
  const proposed = (await cluster.nextId()) ?? 101;
  for (let vmid = Math.max(proposed, 101); ; vmid += 1) {
    if (taken.has(vmid)) continue;
    if (vmid === proposed || (await cluster.nextId(vmid)) !== undefined) return vmid;
  }
}

/**
 * Chooses node and id for the guests to be created, in the order of their documents, so that two of one plan never get
 * the same id, and memory that the plan itself gives out counts.
 */
export async function placeAll(
  resources: readonly Resource[],
  context: PlanContext,
): Promise<ReadonlyMap<Address, Placement>> {
  const taken = new Set(resources.map((resource) => resource.spec['vmid']).filter((vmid) => typeof vmid === 'number'));
  const planned = new Map<string, number>();
  const placements = new Map<Address, Placement>();
  for (const resource of resources) {
    const chosen = await chooseNode(resource, context.cluster, planned);
    planned.set(chosen.node, (planned.get(chosen.node) ?? 0) + memoryOf(resource));
    const written = resource.spec['vmid'];
    const vmid = typeof written === 'number' ? written : await chooseId(context.cluster, taken);
    taken.add(vmid);
    placements.set(resource.address, { ...chosen, vmid, vmidChosen: typeof written !== 'number' });
  }
  return placements;
}

/** A note where a guest lives on another node than its document says. */
export function movedNote(resource: Resource, node: string): readonly Diagnostic[] {
  const written = resource.spec['node'];
  if (typeof written !== 'string' || written === node || resource.spec['onMoved'] === 'follow') return [];
  const range = originOf(resource, '/node').range ?? resource.range;
  return [
    {
      severity: 'warning',
      code: 'IDENTITY',
      summary: 'the guest lives on another node than its document says',
      detail: `It is on ${node}, the document says ${written}. It is changed where it is; write onMoved: follow to accept that, or migrate it.`,
      range,
      address: resource.address,
      pointer: '/node',
    },
  ];
}
