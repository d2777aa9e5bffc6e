import type { Clock } from '../../core/clock.ts';
import { PvevmError } from '../../core/error.ts';

/** How long one step may wait for what is in its way. Times are in milliseconds. */
export interface PatienceOptions {
  readonly clock: Clock;
  readonly limitMs: number;
  /** From 0 to 1, as `Math.random` gives it: so that those who wait together do not come back together. */
  readonly random: () => number;
  readonly onWaiting: (waitedMs: number, waitingFor: string) => void;
  /** Where it is aborted, waiting ends at once, as long as nothing is unsure. */
  readonly signal?: AbortSignal;
}

/** The waiting of one step, all of it together. */
export interface Patience {
  readonly waitedMs: number;
  /** Whether a request is on its way of which nobody knows what becomes: then an interrupt does not end the wait. */
  isUnsure: boolean;
  /** Waits a moment, longer each time, and says whether there is patience left; with a limit of its own, or the step's. */
  pause(waitingFor: string, limitMs?: number): Promise<boolean>;
  /** Waits just so long. */
  sleep(milliseconds: number, waitingFor: string): Promise<void>;
}

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const GROWTH = 1.6;

/** Begins to wait for one step. Its pauses throw `INTERRUPTED` where nothing is unsure. */
export function createPatience(options: PatienceOptions): Patience {
  const { clock, limitMs, random, onWaiting, signal } = options;
  let pauseMs = FIRST_MS;
  let waitedMs = 0;
  const patience: Patience = {
    get waitedMs() {
      return waitedMs;
    },
    isUnsure: false,
    pause: async (waitingFor, ownLimitMs = limitMs) => {
      if (waitedMs >= Math.min(limitMs, ownLimitMs)) return false;
      await patience.sleep(Math.round(pauseMs * (0.5 + random())), waitingFor);
      pauseMs = Math.min(pauseMs * GROWTH, LONGEST_MS);
      return true;
    },
    sleep: async (milliseconds, waitingFor) => {
      const mayStop = !patience.isUnsure && signal !== undefined;
      if (mayStop && signal.aborted) throw interrupted(waitingFor);
      onWaiting(waitedMs, waitingFor);
      const start = clock.now();
      try {
        await clock.sleep(milliseconds, mayStop ? signal : undefined);
      } catch (error) {
        if (mayStop && signal.aborted) throw interrupted(waitingFor);
        throw error;
      }
      waitedMs += Math.max(milliseconds, clock.now() - start);
    },
  };
  return patience;
}

function interrupted(waitingFor: string): PvevmError {
  return new PvevmError('INTERRUPTED', `interrupted while waiting for ${waitingFor}; nothing was sent`, {
    hints: ['Run the command again: it plans from what is there then.'],
  });
}
