import type { ClusterView } from '../../../pve/cluster.ts';
import type { GuestRow } from '../../../pve/cluster-rows.ts';
import type { ExportRequest, NotExported } from '../../exported.ts';

/** The guests that were asked for, by id, and the names that led to none or to several. */
export interface SelectedGuests {
  readonly rows: readonly GuestRow[];
  readonly failed: readonly NotExported[];
}

function absence(name: string, guests: readonly GuestRow[]): NotExported {
  const container = guests.find((guest) => guest.type === 'lxc' && [String(guest.vmid), guest.name].includes(name));
  const why =
    container === undefined
      ? 'There is no such guest, or the token lacks VM.Audit on it.'
      : `${container.vmid} on ${container.node} is a container, and documents of containers are not written.`;
  return { source: `vm/${name}`, code: 'MISSING', why };
}

/**
 * Finds guests by name or id: a name that several have is a failure that lists their ids, since ids alone tell them
 * apart. `*` is every QEMU guest that the token may see, narrowed down by node and tag.
 */
export async function selectGuests({ names, node, tag }: ExportRequest, cluster: ClusterView): Promise<SelectedGuests> {
  const { guests } = await cluster.resources();
  const machines = guests.filter((guest) => guest.type === 'qemu');
  const chosen = new Map<number, GuestRow>();
  const failed: NotExported[] = [];
  const wanted = (guest: GuestRow): boolean =>
    (node === undefined || guest.node === node) &&
    (tag === undefined || guest.tags.some((other) => other.toLowerCase() === tag.toLowerCase()));
  for (const name of names) {
    const found =
      name === '*'
        ? machines.filter(wanted)
        : machines.filter((guest) => (/^\d+$/.test(name) ? guest.vmid === Number(name) : guest.name === name));
    if (name !== '*' && found.length > 1) {
      const list = found
        .map((guest) => `${guest.vmid} on ${guest.node}`)
        .sort()
        .join(', ');
      failed.push({
        source: `vm/${name}`,
        code: 'IDENTITY',
        why: `Several guests have that name: ${list}. Write the id of one, as in vm/${found[0]?.vmid}.`,
      });
      continue;
    }
    if (found.length === 0 && name !== '*') failed.push(absence(name, guests));
    for (const guest of found) chosen.set(guest.vmid, guest);
  }
  return { rows: [...chosen.values()].sort((left, right) => left.vmid - right.vmid), failed };
}
