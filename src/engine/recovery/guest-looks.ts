import type { Clock } from '../../core/clock.ts';
import { PvevmError } from '../../core/error.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { GuestRow } from '../../pve/cluster-rows.ts';
import { rowsOf } from '../../pve/decode.ts';
import type { PveReader } from '../../pve/reader.ts';

/** The guests of a cluster that have a name, by that name, as their nodes knew them. */
export type NamedGuests = ReadonlyMap<string, readonly GuestRow[]>;

/** What a look reads with. */
export interface LookReaders {
  readonly pve: PveReader;
  /** One that survives a server which is away for a while. */
  readonly reader: PveReader;
}

/** The looks at all guests that the steps of one run share. */
export interface GuestLooks {
  /**
   * The guests of all nodes that are online, by a look that begins after this call; all who call before it begins get the
   * same. There is one look at a time. Where it fails, whoever waits for it looks for himself. Throws as the reader does.
   */
  look(readers: LookReaders): Promise<NamedGuests>;
}

/** Reads the guests of all nodes that are online: their own lists are of this moment, the cluster's may be ten seconds old. */
async function readNamed(pve: PveReader): Promise<NamedGuests> {
  const named = new Map<string, GuestRow[]>();
  // Whoever asks sees all nodes, and whether they are online (pve-manager: PVE/API2/Nodes.pm, index).
  const nodes = rowsOf('/nodes', await pve.get('/nodes'));
  for (const row of nodes) {
    if (row.optionalText('status') !== 'online') continue;
    const node = row.text('node');
    for (const guest of await createClusterView(pve).guestsOn(node)) {
      if (guest.name === undefined) continue;
      const others = named.get(guest.name);
      if (others === undefined) named.set(guest.name, [guest]);
      else others.push(guest);
    }
  }
  return named;
}

/** Makes the looks of one run; nothing is read yet. */
export function createGuestLooks(clock: Clock): GuestLooks {
  let next: Promise<NamedGuests> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const begin = async (pve: PveReader, before: Promise<unknown>): Promise<NamedGuests> => {
    await before;
    // What ends one create lets the next one begin: both are to get the same look.
    await clock.sleep(0);
    next = undefined;
    return await readNamed(pve);
  };

  return {
    look: async ({ pve, reader }) => {
      if (next === undefined) {
        next = begin(pve, last);
        last = next.catch(() => undefined);
      }
      try {
        return await next;
      } catch (error) {
        if (error instanceof PvevmError) return await readNamed(reader);
        throw error;
      }
    },
  };
}
