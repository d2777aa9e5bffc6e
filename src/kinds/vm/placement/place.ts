import type { Address } from '../../../core/address.ts';
import type { Diagnostic } from '../../../core/diagnostic.ts';
import { type Resource, rangeOf } from '../../../core/resource.ts';
import { parseSize } from '../../../core/units.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import { beginInTurn } from '../../begin.ts';
import type { PlanContext } from '../../kind.ts';
import { guestOf } from '../identity/by-vmid.ts';
import { beginSizes } from '../images/begin-sizes.ts';
import { reachesSources } from '../images/resolve.ts';
import { wantedBridges, wantedDisks } from '../wants.ts';
import { isFree, isListed } from './free-id.ts';
import { rankedNodes } from './ranked-nodes.ts';
import { writtenNodes } from './written-nodes.ts';

/** Where a new guest goes. */
export interface Placement {
  readonly node: string;
  readonly nodeReason?: string;
  readonly vmid: number;
  readonly vmidChosen: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** The memory that a document writes, in bytes; 0 where it writes none. */
export function memoryOf(resource: Resource): number {
  const memory = resource.spec['memory'];
  const size = typeof memory === 'object' && memory !== null ? (memory as { size?: unknown }).size : undefined;
  return typeof size === 'string' ? (parseSize(size) ?? 0) : 0;
}

/** Whether a node has the storages and bridges that a document names. */
async function hasWhatIsNamed(node: string, resource: Resource, context: PlanContext): Promise<boolean> {
  const { cluster } = context;
  const storages = new Set((await cluster.storagesOf(node)).map((storage) => storage.storage));
  const bridges = new Set(await cluster.bridges(node));
  return (
    wantedDisks(resource).every((disk) => storages.has(disk.storage)) &&
    wantedBridges(resource).every((nic) => bridges.has(nic.bridge)) &&
    (await reachesSources(resource, node, context))
  );
}

async function chooseNode(
  resource: Resource,
  context: PlanContext,
  planned: ReadonlyMap<string, number>,
  eligible: Eligible | undefined,
): Promise<Pick<Placement, 'node' | 'nodeReason' | 'diagnostics'>> {
  const written = writtenNodes(resource);
  const [only, ...others] = written ?? [];
  if (only !== undefined && others.length === 0) return { node: only, diagnostics: [] };
  const { nodes } = await context.cluster.resources();
  const unknown = written?.find((name) => !nodes.some(({ node }) => node === name));
  // What is not there is told of by its name, whatever the other nodes have free.
  if (unknown !== undefined) return { node: unknown, diagnostics: [] };
  const ranked = (await rankedNodes(context.cluster, planned)).filter(
    (node) => eligible?.nodes.includes(node) !== false && written?.includes(node) !== false,
  );
  const [best] = ranked;
  const homes = (eligible?.nodes ?? []).filter((node) => written?.includes(node) !== false);
  const [home] = homes;
  if (home !== undefined && (homes.length === 1 || best === undefined))
    return {
      node: home,
      ...(home === eligible?.nodes[0] ? { nodeReason: 'where it is cloned from' } : {}),
      diagnostics: [],
    };
  // A source that can be cloned to none of them, and nodes that are all offline: the first one says what is wrong.
  const isSeen = nodes.some((node) => node.online && node.maxmem > 0);
  if (best === undefined && only !== undefined && isSeen) return { node: only, diagnostics: [] };
  if (best === undefined) {
    const diagnostic: Diagnostic = {
      severity: 'error',
      code: 'PERMISSION',
      summary: 'the node cannot be chosen',
      detail: `The token cannot see how much memory the nodes have free. Write ${written === undefined ? 'node' : 'one node'}, or give the token Sys.Audit on /nodes.`,
      range: resource.range,
      address: resource.address,
      pointer: '/node',
    };
    return { node: '', diagnostics: [diagnostic] };
  }
  const nodeReason = written === undefined ? 'most free memory' : `most free memory of ${written.join(', ')}`;
  for (const node of ranked) {
    if (await hasWhatIsNamed(node, resource, context)) return { node, nodeReason, diagnostics: [] };
  }
  return { node: best, nodeReason, diagnostics: [] };
}

/**
 * The first id free for pvevm to choose, from 101 and `after` on: what `/cluster/nextid` says, and from there what it
 * confirms.
 */
async function chooseId(cluster: ClusterView, taken: ReadonlySet<number>, after: number): Promise<number> {
  const proposed = (await cluster.nextId()) ?? 101;
  for (let vmid = Math.max(proposed, 101, after + 1); ; vmid += 1) {
    if (taken.has(vmid)) continue;
    if (vmid === proposed || (await isFree(vmid, cluster))) return vmid;
  }
}

/**
 * Begins to ask for the ids that will be asked for one by one, since guests that the token cannot see may have them: each
 * guest without an id takes one of those that no guest is seen to have.
 */
async function beginIds(
  resources: readonly Resource[],
  taken: ReadonlySet<number>,
  cluster: ClusterView,
): Promise<void> {
  const count = resources.filter(({ spec }) => typeof spec['vmid'] !== 'number').length;
  if (count < 2) return;
  const proposed = Math.max((await cluster.nextId()) ?? 101, 101);
  const { guests } = await cluster.resources();
  const asked: number[] = [];
  let free = 1;
  for (let vmid = proposed + 1; free < count; vmid += 1) {
    if (taken.has(vmid) || guestOf(vmid, guests) !== undefined) continue;
    free += 1;
    if (!(await isListed(vmid, cluster))) asked.push(vmid);
  }
  beginInTurn(asked, (vmid) => cluster.nextId(vmid));
}

/** Where a guest that is made from another one may go. */
export interface Eligible {
  /** The only nodes that it may be made on, the usual one first. */
  readonly nodes: readonly string[];
  /** The memory that it takes over, in bytes. */
  readonly memory: number;
}

/** Where a resource may go, knowing where those before it go; undefined: to any node. */
export type EligibleNodes = (
  resource: Resource,
  placements: ReadonlyMap<Address, Placement>,
) => Promise<Eligible | undefined>;

/**
 * Chooses node and id for the guests to be created, in the order of their documents, so that two of one plan never get
 * the same id, and memory that the plan itself gives out counts.
 */
export async function placeAll(
  resources: readonly Resource[],
  context: PlanContext,
  eligibleNodes: EligibleNodes,
): Promise<ReadonlyMap<Address, Placement>> {
  const taken = new Set(resources.map((resource) => resource.spec['vmid']).filter((vmid) => typeof vmid === 'number'));
  const planned = new Map<string, number>();
  const placements = new Map<Address, Placement>();
  await beginIds(resources, taken, context.cluster);
  let chosenId = 0;
  for (const resource of resources) {
    const eligible = await eligibleNodes(resource, placements);
    const chosen = await chooseNode(resource, context, planned, eligible);
    const memory = memoryOf(resource) || (eligible?.memory ?? 0);
    planned.set(chosen.node, (planned.get(chosen.node) ?? 0) + memory);
    const written = resource.spec['vmid'];
    if (typeof written !== 'number') chosenId = await chooseId(context.cluster, taken, chosenId);
    const vmid = typeof written === 'number' ? written : chosenId;
    taken.add(vmid);
    placements.set(resource.address, { ...chosen, vmid, vmidChosen: typeof written !== 'number' });
  }
  beginSizes(resources, placements, context);
  return placements;
}

/** A warning where a guest lives on another node than its document says, and is to stay there. */
export function movedNote(resource: Resource, node: string): readonly Diagnostic[] {
  const written = writtenNodes(resource);
  const onMoved = resource.spec['onMoved'];
  if (written?.includes(node) !== false || onMoved === 'follow' || onMoved === 'migrate') return [];
  const range = rangeOf(resource, '/node');
  return [
    {
      severity: 'warning',
      code: 'IDENTITY',
      summary: 'the guest lives on another node than its document says',
      detail: `It is on ${node}, the document says ${written.join(' or ')}. It is changed where it is; write onMoved: follow to accept that, or onMoved: migrate to bring it back.`,
      range,
      address: resource.address,
      pointer: '/node',
    },
  ];
}
