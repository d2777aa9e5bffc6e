import { expect, it } from 'vitest';
import { systemClock } from '../../src/pve/clock.ts';

it('sleeps for about as long as asked', async () => {
  const start = systemClock.now();
  await systemClock.sleep(20);
  expect(systemClock.now() - start).toBeGreaterThanOrEqual(19);
});

it('wakes with the reason of the signal, also where it was aborted before', async () => {
  const abort = new AbortController();
  const sleeping = systemClock.sleep(60_000, abort.signal);
  abort.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
  await expect(systemClock.sleep(60_000, abort.signal)).rejects.toThrow('enough');
});
