import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../src/core/clock.ts';
import type { VirtualClock } from '../../src/sandbox/index.ts';
import type { SeededRandom } from '../../src/sandbox/random.ts';
import { TASK_TIME_MS } from '../faults/shared-clock.ts';

/** Who waits or sleeps, so that all of it ends when it is killed. */
export type Owner = object;

interface Waiting {
  readonly owner: Owner;
  readonly since: number;
  go(): void;
}

interface Sleeper {
  readonly owner: Owner | undefined;
  readonly at: number;
  wake(): void;
}

/** One order for all that several programs, a person and a cluster do, drawn from a seed. */
export interface Scheduler {
  readonly forSandbox: VirtualClock;
  now(): number;
  clockOf(owner: Owner): Clock;
  /** Resolves when the next request of an owner may be sent. */
  turn(owner: Owner): Promise<void>;
  /** Ends an owner: what it waits for never comes. */
  kill(owner: Owner): void;
  /** Lets things happen, one at a time, until that has ended; throws where nothing can happen any more, or it never ends. */
  drive<Result>(work: Promise<Result>): Promise<Result>;
}

// How long a request may be on its way.
const SLOWEST_MS = 2000;
const LONGEST_MS = 48 * 3_600_000;
const IDLE_TURNS = 6;
// What the first run of a process loads takes real time.
const LOOKS = 2000;
const LOOK_MS = 5;

/** A scheduler whose time begins at a moment, in milliseconds since the epoch. */
export function createScheduler(start: number, random: SeededRandom): Scheduler {
  let now = start;
  let waiting: readonly Waiting[] = [];
  let sleepers: readonly Sleeper[] = [];
  let activity = 0;

  const sleep = (owner: Owner | undefined, milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      activity += 1;
      const stop = (): void => {
        activity += 1;
        sleepers = sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const sleeper: Sleeper = { owner, at: now + milliseconds, wake };
      sleepers = [...sleepers, sleeper];
      signal?.addEventListener('abort', stop, { once: true });
    });

  /** Until nothing goes on but what waits for the scheduler. */
  const quiet = async (): Promise<void> => {
    let last = activity;
    for (let idle = 0; idle < IDLE_TURNS; ) {
      await nextTurn();
      idle = activity === last ? idle + 1 : 0;
      last = activity;
    }
  };

  const wakeNext = (): void => {
    const at = Math.max(now, Math.min(...sleepers.map((sleeper) => sleeper.at)));
    const due = sleepers.filter((sleeper) => sleeper.at <= at);
    const next = due[random.integer(due.length)];
    if (next === undefined) return;
    now = at;
    sleepers = sleepers.filter((sleeper) => sleeper !== next);
    next.wake();
  };

  const release = (): void => {
    const next = waiting[random.integer(waiting.length)];
    if (next === undefined) return;
    waiting = waiting.filter((one) => one !== next);
    now += random.integer(25);
    next.go();
  };

  const step = (): boolean => {
    if (waiting.length === 0 && sleepers.length === 0) return false;
    const first = Math.min(...sleepers.map(({ at }) => at));
    const oldest = Math.min(...waiting.map(({ since }) => since));
    if (waiting.length === 0 || first <= now) wakeNext();
    else if (first - oldest <= SLOWEST_MS && random.integer(4) === 0) wakeNext();
    else release();
    return true;
  };

  return {
    now: () => now,
    forSandbox: {
      now: () => now,
      // No task takes as long as another one.
      sleep: (milliseconds) => {
        if (milliseconds <= 0) return Promise.resolve();
        const factor = milliseconds === TASK_TIME_MS ? [0.1, 0.5, 1, 3, 20][random.integer(5)] : 1;
        return sleep(undefined, Math.ceil(milliseconds * (factor ?? 1)));
      },
      advance: async () => undefined,
    },
    clockOf: (owner) => ({
      now: () => now,
      sleep: async (milliseconds, signal) => {
        signal?.throwIfAborted();
        await sleep(owner, milliseconds, signal);
      },
    }),
    turn: (owner) =>
      new Promise((go) => {
        activity += 1;
        waiting = [...waiting, { owner, since: now, go }];
      }),
    kill(owner) {
      waiting = waiting.filter((one) => one.owner !== owner);
      sleepers = sleepers.filter((one) => one.owner !== owner);
    },
    async drive(work) {
      const end = now + LONGEST_MS;
      let isDone = false;
      const note = (): void => {
        isDone = true;
      };
      work.then(note, note);
      for (let looks = 0; looks < LOOKS; ) {
        await quiet();
        if (isDone) return await work;
        if (now > end) throw new Error(`it does not end within ${LONGEST_MS / 3_600_000} h`);
        const isStep = step();
        looks = isStep ? 0 : looks + 1;
        if (!isStep) await wait(LOOK_MS);
      }
      throw new Error('it hangs: nothing waits for an answer, and nothing sleeps');
    },
  };
}
