import { PvevmError } from '../core/error.ts';

/**
 * Waits for work that several may wait for: an aborted signal ends only this wait, with `INTERRUPTED`, not the work.
 */
export function untilAborted<Answer>(work: Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(new PvevmError('INTERRUPTED', 'interrupted', { cause: signal.reason }));
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
