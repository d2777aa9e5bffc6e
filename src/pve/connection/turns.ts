import { setImmediate } from 'node:timers/promises';

/** The turns of Node's event loop, one for each who waits for one. */
export interface Turns {
  /** Waits for a turn of its own, first come first served: between two of them what has come over the network is read. */
  next(): Promise<void>;
}

/** Turns from now on. */
export function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve();
  return {
    next: () => {
      last = last.then(() => setImmediate());
      return last;
    },
  };
}
