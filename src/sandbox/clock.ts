import { setTimeout as wait } from 'node:timers/promises';
import type { SandboxClock } from './host.ts';

/** The real clock; with a factor of 10, a minute of the sandbox is six seconds of ours. */
export function createRealClock(factor = 1): SandboxClock {
  const start = Date.now();
  return {
    now: () => (factor === 1 ? Date.now() : Math.round(start + (Date.now() - start) * factor)),
    async sleep(milliseconds) {
      if (milliseconds > 0) await wait(milliseconds / factor);
    },
  };
}
