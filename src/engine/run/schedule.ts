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
  const places = new Map(items.map((item, place) => [item, place]));
  const missing = new Map<Item, number>();
  const followers = new Map<Item, Item[]>();
  // By place, so that the first of the list begins first.
  const ready: Item[] = [];
  const running = new Set<Promise<void>>();
  const placeOf = (item: Item): number => places.get(item) ?? 0;
  const followersOf = (item: Item): Item[] => {
    const known = followers.get(item) ?? [];
    followers.set(item, known);
    return known;
  };
  const makeReady = (item: Item): void => {
    const at = ready.findLastIndex((other) => placeOf(other) < placeOf(item));
    ready.splice(at + 1, 0, item);
  };
  const end = (item: Item): void => {
    for (const follower of followers.get(item) ?? []) {
      const left = (missing.get(follower) ?? 0) - 1;
      missing.set(follower, left);
      if (left === 0) makeReady(follower);
    }
  };
  for (const item of items) {
    const before = after(item);
    missing.set(item, before.length);
    for (const other of before) followersOf(other).push(item);
    if (before.length === 0) ready.push(item);
  }
  let waiting = items.length;
  const begin = (item: Item): void => {
    waiting -= 1;
    const work = run(item).finally(() => {
      end(item);
      running.delete(work);
    });
    running.add(work);
  };
  for (;;) {
    while (running.size < Math.max(1, limit) && ready.length > 0) begin(ready.shift() as Item);
    if (running.size === 0) {
      if (waiting > 0) throw new Error('items wait for each other');
      return;
    }
    await Promise.race(running);
  }
}
