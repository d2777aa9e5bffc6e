import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/core/clock.ts';
import type { SandboxClock } from '../../src/sandbox/index.ts';

/**
 * How long each task of the sandbox takes, in milliseconds: no other sleep is as long, so that it tells tasks. It is more
 * than a second, since no real guest restarts faster, and the uptime that tells of a restart is in whole seconds.
 */
export const TASK_TIME_MS = 1337;

/** How long a lock is held by a backup that ends, in milliseconds. */
export const LOCK_TIME_MS = 5003;

/** Longer than any run. */
export const FOR_EVER_MS = 1e12;

interface Sleeper {
  readonly at: number;
  readonly milliseconds: number;
  wake(): void;
}

/** The time of one case: it stands still until the program sleeps, and then the sandbox's time goes on as far. */
export interface SharedClock {
  readonly forSandbox: SandboxClock;
  /** The clock of one process: after its death nothing that slept wakes. */
  forProcess(): Clock & { die(): void };
  now(): number;
  /** Says how to wait for what tasks do without sleeping, such as a download. */
  waitFor(settled: () => Promise<void>): void;
}

/** A clock that a sandbox and its clients share. No time passes for real. */
export function createSharedClock(start: number): SharedClock {
  let now = start;
  let sleepers: readonly Sleeper[] = [];
  let settled = async (): Promise<void> => undefined;
  let onSleep = (): void => undefined;
  let last = Promise.resolve();

  const quiet = async (): Promise<void> => {
    await nextTurn();
    const isWorking = (): boolean => !sleepers.some(({ milliseconds }) => milliseconds === TASK_TIME_MS);
    if (!isWorking()) return;
    // A task may start another one, which sleeps.
    const sleeps = new Promise<void>((resolve) => {
      onSleep = resolve;
    });
    await Promise.race([settled(), sleeps]);
  };

  const goOn = async (milliseconds: number): Promise<void> => {
    const end = now + milliseconds;
    await quiet();
    for (;;) {
      const next = sleepers.reduce<Sleeper | undefined>(
        (first, sleeper) => (first === undefined || sleeper.at < first.at ? sleeper : first),
        undefined,
      );
      if (next === undefined || next.at > end) break;
      sleepers = sleepers.filter((sleeper) => sleeper !== next);
      now = Math.max(now, next.at);
      next.wake();
      await quiet();
    }
    now = Math.max(now, end);
  };

  /** One after the other, so that the order is that of the calls. */
  const advance = (milliseconds: number): Promise<void> => {
    last = last.then(() => goOn(milliseconds));
    return last;
  };

  return {
    now: () => now,
    waitFor(wait) {
      settled = wait;
    },
    forSandbox: {
      now: () => now,
      sleep: (milliseconds) =>
        milliseconds <= 0
          ? Promise.resolve()
          : new Promise((wake) => {
              sleepers = [...sleepers, { at: now + milliseconds, milliseconds, wake }];
              if (milliseconds === TASK_TIME_MS) onSleep();
              // A request that waits for something, while the program waits for its answer.
              else if (milliseconds < LOCK_TIME_MS) void advance(milliseconds);
            }),
    },
    forProcess() {
      let isDead = false;
      return {
        now: () => now,
        die() {
          isDead = true;
        },
        sleep: async (milliseconds, signal) => {
          if (isDead) await new Promise(() => undefined);
          signal?.throwIfAborted();
          await advance(milliseconds);
          if (isDead) await new Promise(() => undefined);
          signal?.throwIfAborted();
        },
      };
    },
  };
}
