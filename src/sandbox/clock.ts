import { setTimeout as wait } from 'node:timers/promises';
import type { SandboxClock } from './host.ts';

/** The real clock. */
export const realClock: SandboxClock = {
  now: () => Date.now(),
  async sleep(milliseconds) {
    if (milliseconds > 0) await wait(milliseconds);
  },
};
