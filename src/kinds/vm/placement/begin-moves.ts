import type { Address } from '../../../core/address.ts';
import type { Resource } from '../../../core/resource.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import { beginInTurn } from '../../begin.ts';
import type { PlanContext } from '../../kind.ts';
import { readFirewallOf } from '../firewall/read.ts';
import type { FoundGuest, Located } from '../identity/found.ts';
import { holds } from '../preflight/privileges.ts';
import { isToLeave, writtenNodes } from './written-nodes.ts';

/** Reads what planning a move asks for whatever node it goes to; nothing where no node is online, or nothing may be asked. */
async function readForMove(resource: Resource, { node, vmid }: FoundGuest, context: PlanContext): Promise<void> {
  const { cluster } = context;
  const { nodes } = await cluster.resources();
  const isOnline = (name: string): boolean => nodes.some((row) => row.node === name && row.online);
  if (writtenNodes(resource)?.some(isOnline) !== true) return;
  if (!(await holds(context, `/vms/${vmid}`, resource.spec['pool'], 'VM.Migrate'))) return;
  const asked = await unlessRefused(cluster.migration(node, vmid), undefined);
  if (asked !== undefined && asked.localVolumes.length > 0) await cluster.snapshots(node, vmid);
}

/**
 * Begins the reads that planning the moves of guests will surely ask for, side by side. The moves themselves are planned
 * one after the other, since each takes of the memory that those after it find.
 */
export function beginMoves(
  resources: readonly Resource[],
  located: ReadonlyMap<Address, Located>,
  context: PlanContext,
): void {
  const leaving = resources.flatMap((resource) => {
    const guest = located.get(resource.address);
    return guest?.type === 'found' && isToLeave(resource, guest.node) ? [{ resource, guest }] : [];
  });
  beginInTurn(leaving, async ({ resource, guest }) => {
    await readForMove(resource, guest, context);
    await readFirewallOf(resource, guest, context.cluster);
  });
}
