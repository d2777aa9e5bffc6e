import { expect, it } from 'vitest';
import { createTurns } from '../../../src/pve/connection/turns.ts';

it('R-53: gives each who waits a turn of the event loop of its own, in order', async () => {
  const turns = createTurns();
  const order: string[] = [];
  const loop = async (): Promise<void> => {
    for (let turn = 1; turn <= 3; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`turn ${turn}`);
    }
  };
  const waiting = ['a', 'b', 'c'].map(async (name) => {
    await turns.next();
    order.push(name);
  });
  await Promise.all([...waiting, loop()]);
  expect(order.filter((what) => what.length === 1)).toEqual(['a', 'b', 'c']);
  // No two of them in one turn.
  expect(order.join(' ')).not.toMatch(/[abc] [abc]/);
});
