import { expect, it } from 'vitest';
import { PvevmError } from '../../../src/core/error.ts';
import { createPatience } from '../../../src/engine/recovery/patience.ts';
import { createPatientReader } from '../../../src/engine/recovery/patient-reader.ts';
import { createFakeClock } from '../../pve/fake-clock.ts';

/** Reads through a server that fails a number of times before it answers. */
async function readAfter(
  failures: number,
  error: PvevmError,
): Promise<{ readonly asked: number; readonly answer: unknown }> {
  let asked = 0;
  const get = async (): Promise<unknown> => {
    asked += 1;
    if (asked <= failures) throw error;
    return 'answer';
  };
  const patience = createPatience({
    ...{ clock: createFakeClock(), limitMs: 3_600_000, random: () => 0.5, onWaiting: () => undefined },
  });
  const answer = await createPatientReader({ get }, patience)
    .get('/version')
    .catch((failure: unknown) => failure);
  return { asked, answer };
}

const AWAY = new PvevmError('CONNECT', 'no route to host', { status: 595 });
const RESET = new PvevmError('CONNECT', 'the connection was reset');

it.each([AWAY, RESET])('R-24: a read is asked again while nobody answers: %s', async (error) => {
  expect(await readAfter(3, error)).toEqual({ asked: 4, answer: 'answer' });
});

it('R-24: a server that stays away is an error after two minutes', async () => {
  const { asked, answer } = await readAfter(1000, AWAY);
  expect(answer).toBe(AWAY);
  expect(asked).toBeLessThan(30);
});

it('R-25: what Proxmox VE refuses is not asked again', async () => {
  const refused = new PvevmError('PERMISSION', 'Permission check failed', { status: 403 });
  expect(await readAfter(1, refused)).toEqual({ asked: 1, answer: refused });
});
