import type { ApplyEvent } from '../../core/event.ts';

type ProgressEvent = Extract<ApplyEvent, { readonly type: 'step.progress' }>;

/** When a running step is told of, where every telling stays on record. */
export interface Pace {
  /** Whether this is a moment to tell of a running step; its telling counts from then on. */
  isDue(event: ProgressEvent): boolean;
  /** Forgets a step that has ended. */
  end(step: string): void;
}

const FIRST_MS = 30_000;
const EVERY_MS = 60_000;

interface Told {
  /** How long the step had been running when it was told of last; undefined before the first time. */
  at: number | undefined;
  /** Since when it waits for something; undefined where it works. */
  waitsSince: number | undefined;
  /** Whether that wait was told of. */
  isWaitTold: boolean;
}

/**
 * The pace of programs’ logs and of CI: a long step after half a minute and then every minute, so that nobody gives it
 * up, and a wait for something once it has lasted for `waitMs`.
 */
export function createPace(waitMs: number): Pace {
  const steps = new Map<string, Told>();
  return {
    isDue: ({ step, runningMs, waitingFor }) => {
      const told = steps.get(step) ?? { at: undefined, waitsSince: undefined, isWaitTold: false };
      steps.set(step, told);
      told.waitsSince = waitingFor === undefined ? undefined : (told.waitsSince ?? runningMs);
      if (told.waitsSince === undefined) told.isWaitTold = false;
      const isBeat = told.at === undefined ? runningMs >= FIRST_MS : runningMs - told.at >= EVERY_MS;
      const isNewWait = told.waitsSince !== undefined && !told.isWaitTold && runningMs - told.waitsSince >= waitMs;
      if (!isBeat && !isNewWait) return false;
      // A wait that is told of early is no heartbeat: the first one is due in its own time.
      if (isBeat) told.at = runningMs;
      if (told.waitsSince !== undefined) told.isWaitTold = true;
      return true;
    },
    end: (step) => void steps.delete(step),
  };
}
