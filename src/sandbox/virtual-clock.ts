import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SandboxClock } from './host.ts';

/** A clock for tests: it stands still until it is told to go on. */
export interface VirtualClock extends SandboxClock {
  /** Goes on by so many milliseconds, and wakes what sleeps until then, in order, each before the next. */
  advance(milliseconds: number): Promise<void>;
}

/** A virtual clock that begins at a moment, in milliseconds since the epoch (2026-01-01 unless given). */
export function createVirtualClock(start = 1_767_225_600_000): VirtualClock {
  let now = start;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => now,
    sleep(milliseconds) {
      if (milliseconds <= 0) return Promise.resolve();
      return new Promise((wake) => {
        sleepers.push({ at: now + milliseconds, wake });
      });
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      // What was just asked for may be on its way to sleep.
      await nextTurn();
      for (let next = earliest(sleepers); next !== undefined && next.at <= end; next = earliest(sleepers)) {
        sleepers = sleepers.filter((sleeper) => sleeper !== next);
        now = next.at;
        next.wake();
        await nextTurn();
      }
      now = end;
      await nextTurn();
    },
  };
}

function earliest<Sleeper extends { readonly at: number }>(sleepers: readonly Sleeper[]): Sleeper | undefined {
  return sleepers.reduce<Sleeper | undefined>(
    (first, sleeper) => (first === undefined || sleeper.at < first.at ? sleeper : first),
    undefined,
  );
}
