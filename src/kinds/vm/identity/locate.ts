import type { Address } from '../../../core/address.ts';
import type { ErrorCode } from '../../../core/error.ts';
import { type Project, type Resource, rangeOf } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import type { GuestRow } from '../../../pve/cluster-rows.ts';
import type { PlanContext } from '../../kind.ts';
import { leftOverNotes, stubProblem } from '../leftovers/stub-notes.ts';
import { guestOf } from './by-vmid.ts';
import { type Candidates, mayBeOurs, readCandidates } from './candidates.ts';
import { type FoundGuest, type Located, textOf } from './found.ts';
import { splitDescription } from './mark.ts';
import { listStacks, markOfOtherStack } from './other-stack.ts';
import { mayAdopt } from './ownership.ts';
import { beginOfCluster, beginReads } from './prefetch.ts';
import { formerName, isRenameOf } from './renamed.ts';
import { withoutSharedGuests } from './shared-guests.ts';
import { type Stub, settledStubs } from './stubs.ts';

function failed(resource: Resource, code: ErrorCode, summary: string, detail: string, pointer = '/name'): Located {
  const range = rangeOf(resource, pointer);
  return {
    type: 'failed',
    diagnostics: [{ severity: 'error', code, summary, detail, range, address: resource.address, pointer }],
  };
}

/** Whether a guest is pvevm's own: its mark names its own id and this stack, and this document's address where only that tells. */
function isOwned(
  resource: Resource,
  project: Project,
  guest: Pick<FoundGuest, 'vmid' | 'mark'>,
  name: string | undefined,
): boolean {
  // Without marks, an id alone is too little to change a guest by: its name has to agree.
  if (project.mark === 'none') return name === resource.name || (name !== undefined && name === formerName(resource));
  const { mark } = guest;
  if (mark === undefined || mark.vmid !== guest.vmid || mark.stack !== project.stack) return false;
  return resource.spec['vmid'] !== undefined || mark.address === resource.address || isRenameOf(resource, mark);
}

/** A guest as it is, before anybody has said whether it is a document's. */
async function readUnclaimed(row: Pick<GuestRow, 'node' | 'vmid'>, cluster: ClusterView): Promise<FoundGuest> {
  const config = await cluster.pending(row.node, row.vmid);
  const running = guestOf(row.vmid, await cluster.guestsOn(row.node))?.status === 'running';
  const { mark } = splitDescription(textOf(config, 'description') ?? '');
  return { type: 'found', node: row.node, vmid: row.vmid, config, running, owned: false, mark };
}

async function readGuest(
  resource: Resource,
  project: Project,
  cluster: ClusterView,
  row: Pick<GuestRow, 'node' | 'vmid'>,
): Promise<FoundGuest> {
  const guest = await readUnclaimed(row, cluster);
  return { ...guest, owned: isOwned(resource, project, guest, textOf(guest.config, 'name')) };
}

async function locateById(
  resource: Resource,
  vmid: number,
  project: Project,
  cluster: ClusterView,
  stubs: readonly Stub[],
): Promise<Located> {
  const stub = stubs.find((candidate) => candidate.vmid === vmid);
  if (stub !== undefined) return { type: 'failed', diagnostics: [stubProblem(resource, stub)] };
  const { guests } = await cluster.resources();
  const row = guestOf(vmid, guests);
  if (row === undefined) {
    if ((await cluster.nextId(vmid)) !== undefined) return { type: 'absent' };
    return failed(
      resource,
      'ID_TAKEN',
      'the id is taken by a guest that the token cannot see',
      `Proxmox VE says that the id ${vmid} is in use, but shows no such guest. Give the token VM.Audit on /vms/${vmid}, or write another vmid.`,
      '/vmid',
    );
  }
  if (row.type !== 'qemu') {
    return failed(
      resource,
      'ID_TAKEN',
      'the id is taken by a container',
      `Container ${vmid}${row.name === undefined ? '' : ` (${row.name})`} on ${row.node} has that id. Write another vmid.`,
      '/vmid',
    );
  }
  return await readGuest(resource, project, cluster, row);
}

async function canSeeAllGuests(cluster: ClusterView, pool: unknown): Promise<boolean> {
  return (
    (await cluster.holds('/vms', 'VM.Audit')) ||
    (typeof pool === 'string' && (await cluster.holds(`/pool/${pool}`, 'VM.Audit')))
  );
}

/** Why a guest cannot be called absent, though none was found; undefined where it can. */
async function whyUncertain(resource: Resource, project: Project, cluster: ClusterView): Promise<Located | undefined> {
  if (!(await canSeeAllGuests(cluster, resource.spec['pool']))) {
    return failed(
      resource,
      'PERMISSION',
      'the token cannot see every guest',
      'Without vmid, a guest is found by its name, and one that the token cannot see would be created a second time. Give the token VM.Audit on /vms (or on the pool that the document names), or write vmid.',
    );
  }
  const { guests, nodes } = await cluster.resources();
  for (const node of nodes.filter((candidate) => !candidate.online)) {
    const hidden = guests.find(
      (guest) => guest.node === node.node && (isNameOf(resource, guest.name) || mayBeOurs(guest, project)),
    );
    if (hidden === undefined) continue;
    return failed(
      resource,
      'IDENTITY',
      'a node that may hold the guest is offline',
      `${node.node} is offline, and guest ${hidden.vmid} on it may be this one. Bring the node back, or write vmid.`,
    );
  }
  return undefined;
}

/** Whether a name is that of a document's guest, now or before. */
function isNameOf(resource: Resource, name: string | undefined): boolean {
  return name === resource.name || (name !== undefined && name === formerName(resource));
}

/** The one guest that is a document's but for its stack, or the one of several that may be taken over. */
function ofOtherStacks(resource: Resource, guests: readonly FoundGuest[], context: PlanContext): Located {
  const [only, ...more] = guests.length === 1 ? guests : guests.filter((guest) => mayAdopt(guest, context));
  if (only !== undefined && more.length === 0) return only;
  return failed(
    resource,
    'FOREIGN_GUEST',
    'guests of that name are of other stacks',
    `Guests ${listStacks(guests)} are marked as ${resource.address}. Choose another name; or take one of them over with --adopt=STACK, where - stands for no stack.`,
  );
}

async function locateByName(
  resource: Resource,
  context: PlanContext,
  cluster: ClusterView,
  lookUp: () => Promise<Candidates>,
): Promise<Located> {
  const { project } = context;
  if (project.mark === 'none') {
    return failed(
      resource,
      'SPEC_INVALID',
      'without marks, every document needs a vmid',
      'The project file says mark: none, so that nothing tells whose guest a name is. Write vmid.',
    );
  }
  const candidates = await lookUp();
  const namesakes: FoundGuest[] = [];
  const owned: FoundGuest[] = [];
  const strayed: FoundGuest[] = [];
  const isMarked = ({ mark }: FoundGuest): boolean => mark?.address === resource.address;
  // The name is tried first, so that a guest that kept it costs one read.
  for (const candidate of candidates.named(resource.name)) {
    const guest = await readGuest(resource, project, cluster, candidate);
    (guest.owned ? owned : namesakes).push(guest);
    if (!guest.owned && markOfOtherStack(resource, guest, project) !== undefined) strayed.push(guest);
  }
  const former = formerName(resource);
  if (!owned.some(isMarked) && former === undefined) {
    const renamedByHand = await candidates.marked(resource.address);
    if (renamedByHand !== undefined) owned.push({ ...renamedByHand, owned: true });
  }
  for (const candidate of former === undefined ? [] : candidates.oursAnd(former)) {
    // One that has yet to be renamed does for want of one that carries the document's own mark.
    if (owned.some(isMarked)) break;
    if (candidate.name === resource.name) continue;
    const guest = await readGuest(resource, project, cluster, candidate);
    if (guest.owned) owned.push(guest);
    else if (markOfOtherStack(resource, guest, project) !== undefined) strayed.push(guest);
  }
  const [first, second] = owned.some(isMarked) ? owned.filter(isMarked) : owned;
  if (first !== undefined && second !== undefined) {
    return failed(
      resource,
      'IDENTITY',
      'two guests carry the mark of this document',
      `Guests ${first.vmid} on ${first.node} and ${second.vmid} on ${second.node} both say that they are ${first.mark?.address}. Write vmid to say which one is meant, and remove the last line of the other's description.`,
    );
  }
  if (first !== undefined) return first;
  if (strayed.length > 0) return ofOtherStacks(resource, strayed, context);
  const [namesake, another] = namesakes;
  if (namesake === undefined) return (await whyUncertain(resource, project, cluster)) ?? { type: 'absent' };
  if (context.adopt !== false && another === undefined) return namesake;
  const who = namesakes.map((guest) => `${guest.vmid} on ${guest.node}`).join(', ');
  return failed(
    resource,
    'FOREIGN_GUEST',
    'a guest of that name exists and is not pvevm’s own',
    `Guest ${who} has the name ${resource.name}${copiedMarkNote(namesake)}. Choose another name; or take the guest over: write defaults: none and vmid: ${namesake.vmid}, look at the plan, and apply it with --adopt.`,
  );
}

/** What to say of a mark that names another guest's id. */
function copiedMarkNote(guest: FoundGuest): string {
  if (guest.mark === undefined || guest.mark.vmid === guest.vmid) return '';
  return `, and a mark copied from guest ${guest.mark.vmid}`;
}

/**
 * Finds each document's guest: by `vmid`, else by name and mark; never by name alone. Waits for tasks of ours that still
 * run, so that what an interrupted run began is found. Each guest is told of as soon as it is known to be its document's
 * alone.
 */
export async function locateAll(
  resources: readonly Resource[],
  context: PlanContext,
  onFound?: (resource: Resource, guest: FoundGuest) => void,
): Promise<ReadonlyMap<Address, Located>> {
  const { cluster } = context;
  await beginOfCluster(cluster);
  const stubs = await settledStubs(context);
  await beginReads(resources, cluster);
  let candidates: Promise<Candidates> | undefined;
  const lookUp = (): Promise<Candidates> => {
    candidates ??= readCandidates(context.project, cluster, (row) => readUnclaimed(row, cluster));
    return candidates;
  };
  const found = new Map<Address, Located>();
  const claimed = new Set<number>();
  for (const resource of resources) {
    const vmid = resource.spec['vmid'];
    const located =
      typeof vmid === 'number'
        ? await locateById(resource, vmid, context.project, cluster, stubs)
        : await locateByName(resource, context, cluster, lookUp);
    found.set(resource.address, located);
    if (located.type !== 'found' || claimed.has(located.vmid)) continue;
    claimed.add(located.vmid);
    onFound?.(resource, located);
  }
  const first = resources.find((resource) => found.get(resource.address)?.type === 'absent');
  if (first !== undefined) found.set(first.address, { type: 'absent', notes: leftOverNotes(first, stubs) });
  return withoutSharedGuests(resources, found);
}
