import type { GuestRow } from '../../../pve/cluster-rows.ts';

type ByVmid = ReadonlyMap<number, GuestRow>;

const INDEXES = new WeakMap<readonly GuestRow[], ByVmid>();

function indexOf(rows: readonly GuestRow[]): ByVmid {
  const known = INDEXES.get(rows);
  if (known !== undefined) return known;
  const made = new Map<number, GuestRow>();
  for (const row of rows) if (!made.has(row.vmid)) made.set(row.vmid, row);
  INDEXES.set(rows, made);
  return made;
}

/** The guest of an id in a list of guests. Each list is gone through once, however many guests are looked up in it. */
export function guestOf(vmid: number, rows: readonly GuestRow[]): GuestRow | undefined {
  return indexOf(rows).get(vmid);
}
