import type { Address } from '../../../core/address.ts';
import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { PlanContext } from '../../kind.ts';
import { ownerOf, storageOf } from '../disks/volumes.ts';
import type { FoundGuest, Located } from '../identity/found.ts';

/** The linked clones of a guest: those that this run removes too, and an error for those that it does not. */
export interface LinkedClones {
  readonly removed: readonly Address[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The guests whose volumes are linked to the base images of a template: Proxmox VE refuses to destroy those (recorded:
 * `base volume '…' is still in use by linked cloned`). The name of a linked volume begins with that of its base
 * (pve-storage: PVE/Storage/Plugin.pm, list_images); where it does not, as on LVM-thin, a clone stands on its own.
 */
async function linkedGuests(
  { node, vmid }: FoundGuest,
  volumes: readonly Change[],
  { cluster }: PlanContext,
): Promise<readonly number[]> {
  const bases = volumes
    .map(({ before }) => String(before).split(', ')[0] as string)
    .filter((volume) => /(?:[:/])base-\d+-[^/]*$/.test(volume));
  const linked = new Set<number>();
  for (const storage of new Set(bases.map(storageOf))) {
    if (storage === undefined) continue;
    // What the token may not list, Proxmox VE looks at before it destroys anything.
    const listed = await unlessRefused(cluster.content(node, storage, 'images'), []);
    for (const { volid } of listed) {
      const owner = ownerOf(volid);
      if (owner !== undefined && owner !== vmid && bases.some((base) => volid.startsWith(`${base}/`)))
        linked.add(owner);
    }
  }
  return [...linked].sort((left, right) => left - right);
}

/** Finds the linked clones of a guest that is to be destroyed, among all guests of the cluster. */
export async function linkedClones(
  resource: Resource,
  guest: FoundGuest,
  volumes: readonly Change[],
  located: ReadonlyMap<Address, Located>,
  context: PlanContext,
): Promise<LinkedClones> {
  const removedWith = new Map(
    [...located].flatMap(([address, found]) => (found.type === 'found' ? [[found.vmid, address] as const] : [])),
  );
  const linked = await linkedGuests(guest, volumes, context);
  const kept = linked.filter((vmid) => !removedWith.has(vmid));
  const removed = linked.flatMap((vmid) => removedWith.get(vmid) ?? []);
  if (kept.length === 0) return { removed, diagnostics: [] };
  const { guests } = await context.cluster.resources();
  const who = kept.map((vmid) => {
    const row = guests.find((candidate) => candidate.vmid === vmid);
    return row === undefined ? String(vmid) : `${vmid}${row.name === undefined ? '' : ` (${row.name})`} on ${row.node}`;
  });
  const detail = `The disks of ${kept.length === 1 ? 'guest' : 'guests'} ${who.join(', ')} are linked to those of guest ${guest.vmid}, and Proxmox VE destroys no base image that is in use. Destroy them first, or move their disks to make them whole: qm disk move ID DISK STORAGE.`;
  return {
    removed,
    diagnostics: [
      {
        severity: 'error',
        code: 'IMPOSSIBLE',
        summary: 'linked clones need the guest',
        detail,
        range: resource.range,
        address: resource.address,
      },
    ],
  };
}
