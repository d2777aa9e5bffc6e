import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import { classifyFailure } from './connection/network-error.ts';

const TRIES = 3;
const FIRST_PAUSE_MS = 300;

/** Statuses by which pveproxy or a proxy before it says that it could not get an answer from the node. */
const PASSING = new Set([502, 503, 504, 595, 596, 599]);

/** Whether an error is likely to pass by itself: a broken connection, or a proxy that got no answer. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof PvevmError)) return false;
  if (error.status !== undefined) return PASSING.has(error.status);
  return error.code === 'CONNECT' && classifyFailure(error.cause).type === 'reset';
}

/** Reads, and reads again with a growing pause where the error may pass; three tries in all. */
export async function retryRead(read: () => Promise<unknown>, clock: Clock, signal?: AbortSignal): Promise<unknown> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await read();
    } catch (error) {
      if (tried === TRIES || !mayPass(error)) throw error;
      await clock.sleep(FIRST_PAUSE_MS * 3 ** (tried - 1), signal);
    }
  }
}
