import { formatAddress } from '../../../core/address.ts';
import { PvevmError } from '../../../core/error.ts';
import type { GuestRow, Pending } from '../../../pve/cluster-rows.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import { beginInTurn } from '../../begin.ts';
import type { Exported, ExportedObject, ExportRequest, NotExported } from '../../exported.ts';
import type { PlanContext } from '../../kind.ts';
import { textOf } from '../identity/found.ts';
import { ownTag, splitDescription } from '../identity/mark.ts';
import { liveState } from '../live.ts';
import { generatedKeys, pendingKeys, takeConfig } from './config-keys.ts';
import { createDraft } from './draft.ts';
import { beginFirewall, takeFirewall } from './firewall-values.ts';
import { takeHa } from './ha-values.ts';
import { selectGuests } from './select-guests.ts';
import { shorten } from './shorten.ts';
import { takeSideNotes } from './side-notes.ts';

/** Whether a guest is owned by the stack of the project here: then its tag is pvevm's, and no document says it. */
function isOwned(config: Pending, vmid: number, { project }: PlanContext): boolean {
  const { mark } = splitDescription(textOf(config, 'description') ?? '');
  return project.mark !== 'none' && mark !== undefined && mark.vmid === vmid && mark.stack === project.stack;
}

/** Whether the mark of a guest that is owned here says when its time is over. */
function hasEnd(config: Pending, vmid: number, context: PlanContext): boolean {
  const { mark } = splitDescription(textOf(config, 'description') ?? '');
  return mark?.until !== undefined && isOwned(config, vmid, context);
}

// What Proxmox VE takes for a name, and so every guest has that was not edited by hand.
const NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;

/** The document's name: the guest's own, or one that no other document has; then the guest's is not managed. */
function nameOf({ vmid }: GuestRow, name: string | undefined, taken: ReadonlySet<string>): string {
  if (name === undefined || !NAME.test(name)) return `vm-${vmid}`;
  return taken.has(name) ? `${name}-${vmid}` : name;
}

async function exportGuest(
  row: GuestRow,
  { power }: ExportRequest,
  context: PlanContext,
  taken: ReadonlySet<string>,
): Promise<ExportedObject> {
  const { cluster } = context;
  const { node, vmid, pool, template } = row;
  const config = await cluster.pending(node, vmid);
  const running = (await cluster.guestsOn(node)).find((guest) => guest.vmid === vmid)?.status === 'running';
  const { release } = await cluster.version();
  const live = liveState(config, running, new Map());
  const own = live.pending.get('name');
  const name = nameOf(row, own, taken);
  // A name that others have, and an end that no document says: both stay as they are.
  const ignored = [...(name === own ? [] : ['name']), ...(hasEnd(config, vmid, context) ? ['ttl'] : [])];
  const draft = createDraft({
    kind: 'vm',
    name,
    node,
    vmid,
    defaults: 'none',
    ...(ignored.length === 0 ? {} : { ignore: ignored }),
  });
  const ownTagHere = isOwned(config, vmid, context) ? ownTag(context.project.stack) : undefined;
  takeConfig(draft, live, { vmid, version: release, ownTag: ownTagHere });
  if (pool !== undefined) draft.put('pool', pool);
  if (template) draft.put('template', true);
  if (power && !template) draft.put('power', running ? 'running' : 'stopped');
  await takeHa(draft, { vmid, running }, power, cluster);
  await takeFirewall(draft, row, release, cluster);
  await takeSideNotes(draft, row, live, cluster);
  return {
    address: formatAddress('vm', name),
    source: `guest ${vmid} on ${node}`,
    document: shorten(draft.document),
    inexpressible: draft.lost,
    pending: pendingKeys(live),
    generated: generatedKeys(live),
  };
}

/** Why a guest cannot be written: it is in the making, or its node does not answer. */
async function obstacle(row: GuestRow, { cluster }: PlanContext): Promise<NotExported | undefined> {
  const { node, vmid, lock } = row;
  const source = `guest ${vmid} on ${node}`;
  const { nodes } = await cluster.resources();
  if (nodes.find((candidate) => candidate.node === node)?.online !== true)
    return { source, code: 'CONNECT', why: `${node} is offline. Bring it back, and export the guest then.` };
  if (lock === 'create' || lock === 'clone')
    return { source, code: 'LOCKED', why: `It holds lock: ${lock}, and is yet to be made, or was never finished.` };
  return undefined;
}

/** Begins the reads of the guests that will be written, side by side; nothing more is asked of one that the token may not read. */
async function beginExports(rows: readonly GuestRow[], context: PlanContext): Promise<void> {
  const { cluster } = context;
  const readable: GuestRow[] = [];
  for (const row of rows) if ((await obstacle(row, context)) === undefined) readable.push(row);
  beginInTurn(readable, async ({ node, vmid }) => {
    if ((await unlessRefused(cluster.pending(node, vmid), undefined)) === undefined) return;
    beginFirewall({ node, vmid }, cluster);
    await cluster.snapshots(node, vmid);
  });
}

/**
 * The guests that are asked for as documents that plan empty: with `defaults: none`, their ids, and what their configs,
 * pools, HA resources and firewalls say beyond Proxmox VE's defaults. Reads only. A guest that the token may not read is
 * among those that failed.
 */
export async function exportVms(request: ExportRequest, context: PlanContext): Promise<Exported> {
  const selected = await selectGuests(request, context.cluster);
  const failed: NotExported[] = [...selected.failed];
  const objects: ExportedObject[] = [];
  const taken = new Set<string>();
  await beginExports(selected.rows, context);
  for (const row of selected.rows) {
    const problem = await obstacle(row, context);
    if (problem !== undefined) {
      failed.push(problem);
      continue;
    }
    try {
      const object = await exportGuest(row, request, context, taken);
      objects.push(object);
      taken.add(String(object.document['name']));
    } catch (error) {
      if (!(error instanceof PvevmError) || error.code !== 'PERMISSION') throw error;
      const why = `The token may not read it: it lacks VM.Audit on /vms/${row.vmid}.`;
      failed.push({ source: `guest ${row.vmid} on ${row.node}`, code: 'PERMISSION', why });
    }
  }
  return { objects, failed };
}
