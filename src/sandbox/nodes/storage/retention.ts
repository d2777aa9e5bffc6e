/** What becomes of a backup. */
export type Mark = 'keep' | 'remove' | 'protected' | 'renamed';

/** How many backups are kept, by rule, in the order in which the rules choose; undefined: all. */
export type Keep = readonly { readonly slot: (time: number) => string; readonly count: number }[] | undefined;

const SLOTS: readonly (readonly [string, (date: Date) => string])[] = [
  ['keep-hourly', (date) => date.toISOString().slice(0, 13)],
  ['keep-daily', (date) => date.toISOString().slice(0, 10)],
  ['keep-weekly', weekOf],
  ['keep-monthly', (date) => date.toISOString().slice(0, 7)],
  ['keep-yearly', (date) => date.toISOString().slice(0, 4)],
];

/** The ISO week of a date, by the Thursday in it. */
function weekOf(date: Date): string {
  const thursday = new Date(date);
  thursday.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  const year = thursday.getUTCFullYear();
  return `${year}/${Math.ceil(((thursday.getTime() - Date.UTC(year, 0, 1)) / 86_400_000 + 1) / 7)}`;
}

/** Reads retention options such as `keep-last=3,keep-daily=7`. */
export function parseKeep(text: string): Keep {
  const counts = new Map(text.split(',').map((pair) => [pair.split('=')[0], Number(pair.split('=')[1])] as const));
  const last = { slot: (time: number) => String(time), count: counts.get('keep-last') ?? 0 };
  const others = SLOTS.map(([name, slot]) => ({
    slot: (time: number) => slot(new Date(time * 1000)),
    count: counts.get(name) ?? 0,
  }));
  const rules = [last, ...others].filter(({ count }) => count > 0);
  return rules.length === 0 ? undefined : rules;
}

/**
 * What becomes of the backups of one guest, newest first; `time` in seconds, undefined for one that was renamed. Each
 * rule keeps the newest of each of its slots, leaving out slots that an earlier rule has filled
 * (pve-storage: PVE/Storage.pm, prune_mark_backup_group).
 */
export function marksOf(
  backups: readonly { readonly time: number | undefined; readonly isProtected: boolean }[],
  keep: Keep,
): readonly Mark[] {
  const marks: (Mark | undefined)[] = backups.map(({ time, isProtected }) =>
    isProtected ? 'protected' : time === undefined ? 'renamed' : keep === undefined ? 'keep' : undefined,
  );
  for (const { slot, count } of keep ?? []) {
    const slotAt = (index: number): string => slot(backups[index]?.time ?? 0);
    const filled = new Set(marks.flatMap((mark, index) => (mark === 'keep' ? [slotAt(index)] : [])));
    const chosen = new Set<string>();
    for (const index of backups.keys()) {
      if (marks[index] !== undefined || filled.has(slotAt(index))) continue;
      if (chosen.has(slotAt(index))) marks[index] = 'remove';
      else if (chosen.size < count) {
        chosen.add(slotAt(index));
        marks[index] = 'keep';
      } else break;
    }
  }
  return marks.map((mark) => mark ?? 'remove');
}
