/** Begins a read whose answer the view keeps; a failure shows where the answer is asked for. */
export function begin(answer: Promise<unknown>): void {
  answer.catch(() => undefined);
}

// Twice what the client has on their way at a time: there is always one to send, and a read that somebody waits for is soon the next one.
const AT_A_TIME = 32;

/** Begins reads in their order, each as soon as one before it has ended; after as many failures it goes no further. */
export function beginInTurn<Item>(items: Iterable<Item>, read: (item: Item) => Promise<unknown>): void {
  const left = items[Symbol.iterator]();
  const next = (): void => {
    const item = left.next();
    if (item.done !== true) read(item.value).then(next, () => undefined);
  };
  for (let lane = 0; lane < AT_A_TIME; lane += 1) next();
}
