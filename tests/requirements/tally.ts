/** Counts what a property met, so that a generator that grows weak is seen. */
export interface Tally {
  add(group: string, name: string, count?: number): void;
  of(group: string, name: string): number;
  /** Prints all that was counted, most first. */
  print(title: string): void;
}

export function createTally(): Tally {
  const groups = new Map<string, Map<string, number>>();
  return {
    add: (group, name, count = 1) => {
      const counts = groups.get(group) ?? new Map<string, number>();
      groups.set(group, counts);
      counts.set(name, (counts.get(name) ?? 0) + count);
    },
    of: (group, name) => groups.get(group)?.get(name) ?? 0,
    print: (title) => {
      const lines = [...groups].map(([group, counts]) => {
        const rows = [...counts].sort(([, left], [, right]) => right - left);
        return `${group}: ${rows.map(([name, count]) => `${count} ${name}`).join(' · ')}\n`;
      });
      process.stdout.write(`${title}\n${lines.join('')}`);
    },
  };
}
