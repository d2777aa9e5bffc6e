import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { ErrorCode } from '../../../core/error.ts';
import { originOf, type Resource, rangeOf } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import type { GuestRow } from '../../../pve/cluster-rows.ts';
import { begin } from '../../begin.ts';
import type { PlanContext } from '../../kind.ts';
import { type Located, textOf } from '../identity/found.ts';
import { splitDescription } from '../identity/mark.ts';
import { type CloneWish, sourceWords } from './wish.ts';

/** What looking for a clone's source came to: a document of this run, a guest of the cluster, or why neither. */
export type FoundSource =
  | { readonly type: 'document'; readonly resource: Resource }
  | { readonly type: 'guest'; readonly row: GuestRow }
  | { readonly type: 'failed'; readonly diagnostics: readonly Diagnostic[] };

/** An error at what a document says of `clone`. */
export function cloneError(
  resource: Resource,
  code: ErrorCode,
  summary: string,
  detail: string,
  pointer = '/clone/from',
): Diagnostic {
  const range = rangeOf(resource, pointer);
  return { severity: 'error', code, summary, detail, range, address: resource.address, pointer };
}

function listed(rows: readonly GuestRow[]): string {
  const sorted = [...rows].sort((left, right) => left.vmid - right.vmid);
  const shown = sorted
    .slice(0, 10)
    .map(({ vmid, name, node }) => `${vmid}${name === undefined ? '' : ` ${name}`} on ${node}`);
  const more = sorted.length > shown.length ? ` and ${sorted.length - shown.length} more` : '';
  return shown.length === 0 ? 'none' : `${shown.join(', ')}${more}`;
}

/** The guests of all nodes that are online, as they are now: `/cluster/resources` may lack a name for some seconds. */
async function currentRows(cluster: ClusterView): Promise<readonly GuestRow[]> {
  const { nodes } = await cluster.resources();
  const online = nodes.filter((candidate) => candidate.online);
  for (const { node } of online) begin(cluster.guestsOn(node));
  const rows: GuestRow[] = [];
  for (const { node } of online) rows.push(...(await cluster.guestsOn(node)));
  return rows;
}

/** The guests that a document of another run made: those whose mark names their own id, and that document. */
async function ownedBy(address: string, rows: readonly GuestRow[], context: PlanContext): Promise<readonly GuestRow[]> {
  const name = address.slice('vm/'.length);
  const owned: GuestRow[] = [];
  for (const row of rows.filter((candidate) => candidate.name === name)) {
    const { mark } = splitDescription(textOf(await context.cluster.pending(row.node, row.vmid), 'description') ?? '');
    if (mark?.vmid === row.vmid && mark.address === address && mark.stack === context.project.stack) owned.push(row);
  }
  return owned;
}

async function matching(
  from: CloneWish['from'],
  rows: readonly GuestRow[],
  context: PlanContext,
): Promise<readonly GuestRow[]> {
  switch (from.type) {
    case 'id':
      return rows.filter((row) => row.vmid === from.vmid);
    case 'name':
      return rows.filter((row) => row.name === from.name);
    case 'tag':
      // Clones take the tags of their template along: only templates count.
      return rows.filter((row) => row.template && row.tags.some((tag) => tag.toLowerCase() === from.tag));
    case 'document':
      return await ownedBy(from.address, rows, context);
  }
}

/** Whether a document makes a template with this tag: clones take the tags of their template along. */
function isTemplateWith(tag: string, { spec }: Resource): boolean {
  const { tags, template } = spec;
  return template === true && Array.isArray(tags) && tags.some((own) => String(own).toLowerCase() === tag);
}

/** The documents of this run that a source's name means: by their address, their name, the id of their guest, a tag. */
function documentsOf(
  resource: Resource,
  from: CloneWish['from'],
  located: ReadonlyMap<string, Located>,
  resources: readonly Resource[],
): readonly Resource[] {
  const isMeant = (candidate: Resource): boolean => {
    if (from.type === 'name') return candidate.name === from.name;
    if (from.type === 'document') return candidate.address === from.address;
    if (from.type === 'tag') return isTemplateWith(from.tag, candidate);
    const found = located.get(candidate.address);
    return found?.type === 'found' ? found.vmid === from.vmid : candidate.spec['vmid'] === from.vmid;
  };
  return resources.filter((candidate) => candidate.address !== resource.address && isMeant(candidate));
}

/** The document of this run that a source's name means; undefined where none does, and where a tag means several. */
export function documentOf(
  resource: Resource,
  from: CloneWish['from'],
  located: ReadonlyMap<string, Located>,
  resources: readonly Resource[],
): Resource | undefined {
  const [document, another] = documentsOf(resource, from, located, resources);
  return from.type === 'tag' && another !== undefined ? undefined : document;
}

async function whyMissing(
  resource: Resource,
  { from }: CloneWish,
  rows: readonly GuestRow[],
  context: PlanContext,
): Promise<Diagnostic> {
  const { guests, nodes } = await context.cluster.resources();
  const wanted = `clone.from is ${sourceWords(from)} (${originOf(resource, '/clone/from').text})`;
  const container = guests.find(
    (row) => row.type === 'lxc' && (from.type === 'id' ? row.vmid === from.vmid : row.name === sourceWords(from)),
  );
  if (container !== undefined) {
    const detail = `${wanted}, which is a container on ${container.node}. Name a virtual machine.`;
    return cloneError(resource, 'MISSING', 'the source is a container', detail);
  }
  const offline = nodes.filter((node) => !node.online).map(({ node }) => node);
  const hidden = guests.find(
    (row) =>
      offline.includes(row.node) && (from.type === 'id' ? row.vmid === from.vmid : row.name === sourceWords(from)),
  );
  if (hidden !== undefined) {
    const detail = `${wanted}, which is guest ${hidden.vmid} on ${hidden.node}, and that node is offline. Bring it back, or name another source.`;
    return cloneError(resource, 'MISSING', 'the source is on a node that is offline', detail);
  }
  const unseen = (await context.cluster.holds('/vms', 'VM.Audit'))
    ? ''
    : ' Guests that the token may not see (VM.Audit) are not among them.';
  const detail = `${wanted}, and there is no such ${from.type === 'tag' ? 'template' : 'guest'}. Templates: ${listed(rows.filter((row) => row.template))}.${unseen}`;
  return cloneError(resource, 'MISSING', 'the source of the clone does not exist', detail);
}

function vmidOf(located: Located | undefined): number | undefined {
  return located?.type === 'found' ? located.vmid : undefined;
}

/**
 * Finds what a document is cloned from: a document of the same run, or the one guest of that id, name or tag. What is not
 * there, or there twice, is an error that lists what is.
 */
export async function findSource(
  resource: Resource,
  wish: CloneWish,
  located: ReadonlyMap<string, Located>,
  resources: readonly Resource[],
  context: PlanContext,
): Promise<FoundSource> {
  const documents = documentsOf(resource, wish.from, located, resources);
  const [document] = documents;
  // Others may carry a tag too, and it is to mean one.
  if (document !== undefined && wish.from.type !== 'tag') return { type: 'document', resource: document };
  const rows = await currentRows(context.cluster);
  const found = await matching(wish.from, rows, context);
  const described = new Set(documents.map(({ address }) => located.get(address)).map(vmidOf));
  const others = found.filter(({ vmid }) => !described.has(vmid));
  const [row] = others;
  if (documents.length + others.length > 1) {
    const all = [...documents.map(({ address }) => address), ...(others.length === 0 ? [] : [listed(others)])];
    const detail = `clone.from is ${sourceWords(wish.from)} (${originOf(resource, '/clone/from').text}), and more than one guest is that: ${all.join(', ')}. Write the id of the one that is meant.`;
    return {
      type: 'failed',
      diagnostics: [cloneError(resource, 'IDENTITY', 'the source of the clone is not one guest', detail)],
    };
  }
  if (document !== undefined) return { type: 'document', resource: document };
  if (row !== undefined) return { type: 'guest', row };
  return { type: 'failed', diagnostics: [await whyMissing(resource, wish, rows, context)] };
}
