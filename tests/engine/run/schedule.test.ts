import { expect, it } from 'vitest';
import { runOrdered } from '../../../src/engine/run/schedule.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs items with what they wait for; gives the order in which they began, and how many ran at a time. */
async function order(after: Readonly<Record<string, readonly string[]>>, limit: number) {
  const begun: string[] = [];
  let running = 0;
  let most = 0;
  await runOrdered(
    Object.keys(after),
    limit,
    async (item) => {
      begun.push(item);
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
    },
    { after: (item) => after[item] ?? [] },
  );
  return { begun, most };
}

it('items begin in their order, at most so many at a time', async () => {
  expect(await order({ a: [], b: [], c: [], d: [], e: [] }, 2)).toEqual({ begun: ['a', 'b', 'c', 'd', 'e'], most: 2 });
});

it('an item waits for all those that it comes after, and others go on meanwhile', async () => {
  const { begun } = await order({ tpl: [], one: ['tpl'], two: ['tpl'], free: [], last: ['one', 'free'] }, 2);
  expect(begun).toEqual(['tpl', 'free', 'one', 'two', 'last']);
});

it('of those that become free at once, the first of the list begins first', async () => {
  const { begun } = await order({ a: [], b: [], c: ['b'], d: ['a'], e: ['a'] }, 1);
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('a limit of nothing is a limit of one', async () => {
  expect(await order({ a: [], b: [] }, 0)).toEqual({ begun: ['a', 'b'], most: 1 });
});

it('fails where items wait for each other', async () => {
  await expect(order({ a: ['b'], b: ['a'] }, 2)).rejects.toThrow('items wait for each other');
});

it('fails with the failure of an item', async () => {
  const run = runOrdered(['a'], 1, () => Promise.reject(new Error('broken')), { after: () => [] });
  await expect(run).rejects.toThrow('broken');
});

it('R-53: what an item comes after is asked once, however many there are', async () => {
  const items = Array.from({ length: 500 }, (_one, index) => index);
  let asked = 0;
  const after = (): readonly number[] => {
    asked += 1;
    return [];
  };
  await runOrdered(items, 4, async () => undefined, { after });
  expect(asked).toBe(500);
});
