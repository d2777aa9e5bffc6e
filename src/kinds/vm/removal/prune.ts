import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { ErrorCode } from '../../../core/error.ts';
import { PvevmError } from '../../../core/error.ts';
import type { ResourcePlan } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { GuestRow, Pending } from '../../../pve/cluster-rows.ts';
import type { FoundUnclaimed, PlanContext, Unclaimed } from '../../kind.ts';
import { textOf } from '../identity/found.ts';
import { ownTag, splitDescription } from '../identity/mark.ts';
import { doomedVolumes } from './doomed.ts';
import { sharedVolumes } from './shared-volumes.ts';

const NOTHING: FoundUnclaimed = { unclaimed: [], diagnostics: [] };

/** The place that speaks for what stands in no document: the beginning of the project file. */
function placeOf({ project }: PlanContext): Resource['range'] {
  return { file: project.file ?? 'pvevm.yaml', line: 1, column: 1, length: 1 };
}

/**
 * The guests that may be the stack's own and that no document describes: the tag is the mark's index. Where the project
 * has no tags, all guests may be, and their marks are read only to remove some. Stubs are nobody's.
 */
async function candidatesOf(
  claimed: ReadonlySet<number | null>,
  context: PlanContext,
  removing: boolean,
): Promise<readonly GuestRow[]> {
  const { cluster, project } = context;
  const { guests, nodes } = await cluster.resources();
  const online = new Set(nodes.filter((node) => node.online).map(({ node }) => node));
  const tag = ownTag(project.stack);
  const isMarked = ({ tags }: GuestRow): boolean => tags.some((one) => one.toLowerCase() === tag);
  return guests
    .filter(({ type, node, vmid }) => type === 'qemu' && online.has(node) && !claimed.has(vmid))
    .filter(({ lock }) => lock !== 'create' && lock !== 'clone' && lock !== 'destroyed')
    .filter((row) => isMarked(row) || (removing && project.mark === 'description'))
    .sort((left, right) => left.vmid - right.vmid);
}

/** A candidate's configuration; what is not there any more, and, for a note, what cannot be read, gives undefined. */
async function readCandidate(
  { node, vmid }: GuestRow,
  { cluster }: PlanContext,
  removing: boolean,
): Promise<Pending | 'refused' | undefined> {
  try {
    return await cluster.pending(node, vmid);
  } catch (error) {
    if (!(error instanceof PvevmError)) throw error;
    if (!removing || error.code === 'PVE_NOT_FOUND') return undefined;
    if (error.code === 'PERMISSION') return 'refused';
    throw error;
  }
}

/**
 * Finds the guests of the stack that no document describes: by their marks, which name their own ids and this stack.
 * A mark copied from another guest makes none, nor does the mark of a document that has another guest.
 */
export async function findUnclaimedVms(
  planned: readonly ResourcePlan[],
  context: PlanContext,
  removing: boolean,
): Promise<FoundUnclaimed> {
  const { cluster, project, resources } = context;
  if (project.stack === null || project.mark === 'none') return NOTHING;
  const range = placeOf(context);
  const diagnostics: Diagnostic[] = [];
  const tell = (severity: Diagnostic['severity'], code: ErrorCode, summary: string, detail: string): void =>
    void diagnostics.push({ severity, code, summary, detail, range });
  const offline = (await cluster.resources()).nodes.filter((node) => !node.online).map(({ node }) => node);
  if (removing && offline.length > 0) {
    const which = offline.length === 1 ? `${offline[0]} is` : `${offline.join(', ')} are`;
    const detail = `${which} offline, so that not every guest of stack ${project.stack} can be looked at. Bring ${offline.length === 1 ? 'it' : 'them'} back, or leave --prune out.`;
    tell('error', 'IDENTITY', 'a node is offline', detail);
    return { unclaimed: [], diagnostics };
  }
  const claimed = new Set(planned.filter(({ action }) => action !== 'create').map(({ vmid }) => vmid));
  const candidates = await candidatesOf(claimed, context, removing);
  // Side by side; a failure shows where the answer is asked for.
  for (const { node, vmid } of candidates) cluster.pending(node, vmid).catch(() => undefined);
  const unclaimed: Unclaimed[] = [];
  for (const row of candidates) {
    const { node, vmid } = row;
    const place = `guest ${vmid} on ${node}`;
    const config = await readCandidate(row, context, removing);
    if (config === 'refused') {
      const detail = `reading ${place}, which may be one of stack ${project.stack}, needs VM.Audit on /vms/${vmid}, which ${context.user} does not hold. Give it a role with that privilege there, or leave --prune out.`;
      tell('error', 'PERMISSION', 'a guest of the stack cannot be read', detail);
    }
    if (config === undefined || config === 'refused') continue;
    const { mark } = splitDescription(textOf(config, 'description') ?? '');
    if (mark === undefined || mark.stack !== project.stack) continue;
    if (mark.vmid !== vmid) {
      const detail = `The description of ${place} ends with a mark that was copied from guest ${mark.vmid}, so that it is nobody’s, and is never removed. Take the last line of its description and the tag ${ownTag(project.stack)} away, or give it a document and apply that with --adopt.`;
      tell('note', 'FOREIGN_GUEST', 'a guest carries a copied mark', detail);
      continue;
    }
    const other = resources.find(({ address }) => address === mark.address);
    if (other !== undefined) {
      const detail = `The mark of ${place} says ${mark.address}, whose document (${other.range.file}:${other.range.line}) has another guest. It is left alone. Where nobody needs it, remove it by hand: qm destroy ${vmid}`;
      tell(removing ? 'warning' : 'note', 'IDENTITY', 'a second guest carries the mark of a document', detail);
      continue;
    }
    const { address } = mark;
    const resource: Resource = {
      ...{ address, kind: 'vm', name: address.slice('vm/'.length), range },
      ...{ spec: { vmid }, origins: new Map() },
    };
    const shared = removing ? await sharedVolumes(resource, { vmid, config }, planned, context) : [];
    diagnostics.push(...shared);
    const loses = doomedVolumes({ vmid, config }).map(({ path, before }) => `${path}: ${String(before)}`);
    unclaimed.push({ resource, place, loses });
  }
  return { unclaimed, diagnostics };
}
