/** An item that may have to wait for others. */
export interface Ordering<Item> {
  /** The items that have to have ended before this one begins; they come before it in the list. */
  readonly after: (item: Item) => readonly Item[];
}

/**
 * Runs a function over items, at most so many at a time, beginning in their order; an item waits until those that it
 * comes after have ended, and others go on meanwhile. Resolves when all have ended. `after` has to be free of circles.
 */
export async function runOrdered<Item>(
  items: readonly Item[],
  limit: number,
  run: (item: Item) => Promise<void>,
  { after }: Ordering<Item>,
): Promise<void> {
  const waiting = new Set(items);
  const ended = new Set<Item>();
  const running = new Set<Promise<void>>();
  const isReady = (item: Item): boolean => after(item).every((other) => ended.has(other));
  const begin = (item: Item): void => {
    waiting.delete(item);
    const work = run(item).finally(() => {
      ended.add(item);
      running.delete(work);
    });
    running.add(work);
  };
  for (;;) {
    for (const item of waiting) if (running.size < Math.max(1, limit) && isReady(item)) begin(item);
    if (running.size === 0) {
      if (waiting.size > 0) throw new Error('items wait for each other');
      return;
    }
    await Promise.race(running);
  }
}
