import type { Diagnostic } from '../../../core/diagnostic.ts';
import { PvevmError } from '../../../core/error.ts';
import { NO_FILE, type Resource } from '../../../core/resource.ts';
import { parseUntil } from '../../../core/until.ts';
import type { GuestRow, Pending } from '../../../pve/cluster-rows.ts';
import type { Expired, FoundExpired, PlanContext } from '../../kind.ts';
import { textOf } from '../identity/found.ts';
import { ownTag, splitDescription } from '../identity/mark.ts';
import { doomedVolumes } from '../removal/doomed.ts';

// No document stands for what is found by its mark.
const RANGE: Resource['range'] = { file: NO_FILE, line: 1, column: 1, length: 1 };

const note = (code: Diagnostic['code'], summary: string, detail: string): Diagnostic => ({
  ...{ severity: 'note', code, summary, detail },
});

/**
 * The guests that may be the stack's own, by id: those with its tag. All that the token sees where the tag is no index: the
 * project has none, or the token may not set it when it creates, so that a run may have ended before.
 */
async function candidatesOf({ cluster, project }: PlanContext): Promise<readonly GuestRow[]> {
  const { guests } = await cluster.resources();
  const isIndexed = project.mark === 'full' && (await cluster.holds('/vms', 'VM.Config.Options'));
  const tag = ownTag(project.stack);
  const isMarked = ({ tags }: GuestRow): boolean => tags.some((one) => one.toLowerCase() === tag);
  return guests
    .filter(({ type, lock }) => type === 'qemu' && lock !== 'create' && lock !== 'clone' && lock !== 'destroyed')
    .filter((row) => !isIndexed || isMarked(row))
    .sort((left, right) => left.vmid - right.vmid);
}

/** A guest's configuration; undefined for one that is gone, and that the token may not read. */
async function readCandidate({ node, vmid }: GuestRow, { cluster }: PlanContext): Promise<Pending | undefined> {
  try {
    return await cluster.pending(node, vmid);
  } catch (error) {
    if (error instanceof PvevmError && (error.code === 'PVE_NOT_FOUND' || error.code === 'PERMISSION'))
      return undefined;
    throw error;
  }
}

function expiredOf(
  { node, vmid }: GuestRow,
  config: Pending,
  now: number,
  { project }: PlanContext,
): Expired | undefined {
  const { mark } = splitDescription(textOf(config, 'description') ?? '');
  if (mark?.until === undefined || mark.vmid !== vmid || mark.stack !== project.stack) return undefined;
  const end = parseUntil(mark.until);
  if (end === undefined || end > now) return undefined;
  const { address } = mark;
  return {
    resource: {
      ...{ address, kind: 'vm', name: address.slice('vm/'.length), range: RANGE },
      ...{ spec: { vmid }, origins: new Map() },
    },
    place: `guest ${vmid} on ${node}`,
    loses: doomedVolumes({ vmid, config }).map(({ path, before }) => `${path}: ${String(before)}`),
    until: mark.until,
    digest: config.digest,
  };
}

/**
 * Finds the guests of the stack whose time is over: by their marks, which name their own ids, this stack, and an end that
 * is past. A guest without an end is never among them. What is on a node that is offline is left, with a note.
 */
export async function findExpiredVms(now: number, context: PlanContext): Promise<FoundExpired> {
  const { cluster } = context;
  const offline = new Set((await cluster.resources()).nodes.filter(({ online }) => !online).map(({ node }) => node));
  const candidates = await candidatesOf(context);
  const diagnostics: Diagnostic[] = [];
  for (const { node, vmid } of candidates.filter((row) => offline.has(row.node))) {
    const detail = `${node} is offline, so that the mark of guest ${vmid} cannot be read. Run the command again when the node is back.`;
    diagnostics.push(note('CONNECT', 'a guest is left', detail));
  }
  const online = candidates.filter(({ node }) => !offline.has(node));
  // Side by side; a failure shows where the answer is asked for.
  for (const { node, vmid } of online) cluster.pending(node, vmid).catch(() => undefined);
  const expired = new Map<string, Expired>();
  for (const row of online) {
    const config = await readCandidate(row, context);
    const found = config === undefined ? undefined : expiredOf(row, config, now, context);
    if (found === undefined) continue;
    const twin = expired.get(found.resource.address);
    if (twin === undefined) {
      expired.set(found.resource.address, found);
      continue;
    }
    const detail = `${found.place} says that it is ${found.resource.address}, as ${twin.place} does. The next run takes it.`;
    diagnostics.push(note('IDENTITY', 'a guest is left', detail));
  }
  return { expired: [...expired.values()], diagnostics };
}
