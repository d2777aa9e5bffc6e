import type { Address } from '../../../core/address.ts';
import type { Diagnostic } from '../../../core/diagnostic.ts';
import { PvevmError } from '../../../core/error.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { isAttribute } from '../create.ts';
import type { Located } from '../identity/found.ts';
import { cloneError, type FoundSource } from './find-source.ts';
import { futureTexts } from './future-texts.ts';
import type { CloneSource } from './source.ts';
import type { CloneWish } from './wish.ts';

type Read = { readonly source: CloneSource } | { readonly diagnostics: readonly Diagnostic[] };

/** The config values of a snapshot; an error where the guest has none of that name. */
async function snapshotTexts(
  resource: Resource,
  name: string,
  snapshot: string,
  at: { readonly node: string; readonly vmid: number },
  context: PlanContext,
): Promise<ReadonlyMap<string, string> | Diagnostic> {
  try {
    return await context.cluster.snapshotConfig(at.node, at.vmid, snapshot);
  } catch (error) {
    if (!(error instanceof PvevmError) || error.code !== 'PVE_NOT_FOUND') throw error;
    const detail = `clone.snapshot is ${snapshot} (${originOf(resource, '/clone/snapshot').text}), which ${name} (${at.vmid}) does not have. Look at qm listsnapshot ${at.vmid}.`;
    return cloneError(resource, 'MISSING', 'the snapshot does not exist', detail, '/clone/snapshot');
  }
}

async function withSnapshot(
  resource: Resource,
  wish: CloneWish,
  source: CloneSource,
  context: PlanContext,
): Promise<Read> {
  if (wish.snapshot === undefined) return { source };
  const texts = await snapshotTexts(resource, source.name, wish.snapshot, source, context);
  return texts instanceof Map ? { source: { ...source, texts } } : { diagnostics: [texts as Diagnostic] };
}

/** A guest of the cluster as a clone takes it: what it has now, and nothing of what is pending. */
async function readGuest({ row }: Extract<FoundSource, { type: 'guest' }>, context: PlanContext): Promise<CloneSource> {
  const { node, vmid, name = String(vmid) } = row;
  const { digest, items } = await context.cluster.pending(node, vmid);
  const texts = new Map(
    [...items].flatMap(([key, { value }]) => (value === undefined ? [] : [[key, String(value)] as const])),
  );
  const template = texts.get('template') === '1';
  return {
    node,
    vmid,
    id: vmid,
    name,
    texts,
    template,
    running: row.status === 'running',
    digest,
    exists: true,
    document: undefined,
  };
}

/** The guest of a document of this run, as it will be when this run has done with it. */
function expectGuest(resource: Resource, seen: Observation, located: Located | undefined): CloneSource {
  const { node, vmid, vmidChosen, live } = seen;
  const running = live?.running === true;
  // What a running guest takes over only at its next start is no part of a clone.
  const texts = running ? new Map([...live.current].filter(([key]) => !isAttribute(key))) : futureTexts(resource, seen);
  return {
    node,
    vmid,
    id: vmidChosen ? `{vmid:${resource.address}}` : vmid,
    name: resource.name,
    texts,
    template: resource.spec['template'] === true || live?.current.get('template') === '1',
    running: running || (located?.type === 'absent' && resource.spec['power'] === 'running'),
    digest: running && seen.digest !== null ? seen.digest : undefined,
    exists: live !== undefined && seen.madeBy === undefined,
    document: resource.address,
  };
}

/** Reads what a clone is made from, or works out what it will be where it is a document of the same run. */
export async function readSource(
  resource: Resource,
  wish: CloneWish,
  found: FoundSource,
  observations: ReadonlyMap<Address, Observation>,
  located: ReadonlyMap<string, Located>,
  context: PlanContext,
): Promise<Read> {
  if (found.type === 'failed') return { diagnostics: found.diagnostics };
  if (found.type === 'guest') return await withSnapshot(resource, wish, await readGuest(found, context), context);
  const template = found.resource;
  const seen = observations.get(template.address);
  if (seen === undefined || seen.desired.length === 0) {
    const detail = `clone.from is ${template.address} (${originOf(resource, '/clone/from').text}), which cannot be planned itself. See what is said about it.`;
    return { diagnostics: [cloneError(resource, 'MISSING', 'the document to clone from cannot be planned', detail)] };
  }
  const source = expectGuest(template, seen, located.get(template.address));
  if (wish.snapshot !== undefined && !source.exists) {
    const detail = `clone.snapshot is ${wish.snapshot} (${originOf(resource, '/clone/snapshot').text}), and ${template.address} does not exist yet, so that it has no snapshots. Leave it out.`;
    return { diagnostics: [cloneError(resource, 'MISSING', 'the snapshot does not exist', detail, '/clone/snapshot')] };
  }
  if (!source.exists && resource.spec['firewall'] !== undefined && template.spec['firewall'] !== undefined) {
    const detail = `A clone takes over the firewall of what it is cloned from, and that of ${template.address} is made only in this run, so that the changes cannot be planned. Apply ${template.address} first.`;
    return {
      diagnostics: [cloneError(resource, 'MISSING', 'the firewall to change is not there yet', detail, '/firewall')],
    };
  }
  return await withSnapshot(resource, wish, source, context);
}
