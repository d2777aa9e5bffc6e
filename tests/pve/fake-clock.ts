import type { Clock } from '../../src/core/clock.ts';

/** A clock that stands still except for sleeps, which take no real time. `sleeps` are their lengths so far. */
export interface FakeClock extends Clock {
  readonly sleeps: readonly number[];
}

/** Makes a clock that begins at 0. */
export function createFakeClock(): FakeClock {
  let time = 0;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => time,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      sleeps.push(milliseconds);
      time += milliseconds;
    },
  };
}
