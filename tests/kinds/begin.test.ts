import { expect, it } from 'vitest';
import { begin, beginInTurn } from '../../src/kinds/begin.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Reads that wait until they are ended by hand. */
function heldReads() {
  const begun: number[] = [];
  const ends = new Map<number, { readonly resolve: () => void; readonly reject: (error: Error) => void }>();
  const read = (item: number): Promise<void> => {
    begun.push(item);
    return new Promise((resolve, reject) => ends.set(item, { resolve, reject }));
  };
  return { begun, ends, read };
}

const ITEMS = Array.from({ length: 100 }, (_, index) => index);

it('begins reads in their order, 32 at a time, and each next one as soon as one has ended', async () => {
  const { begun, ends, read } = heldReads();
  beginInTurn(ITEMS, read);
  expect(begun).toEqual(ITEMS.slice(0, 32));
  ends.get(7)?.resolve();
  await settle();
  expect(begun).toEqual(ITEMS.slice(0, 33));
  for (const item of ITEMS) {
    ends.get(item)?.resolve();
    await settle();
  }
  expect(begun).toEqual(ITEMS);
});

it('goes no further after as many failures, none of which is anybody’s yet', async () => {
  const { begun, ends, read } = heldReads();
  beginInTurn(ITEMS, read);
  for (const item of ITEMS.slice(0, 32)) ends.get(item)?.reject(new Error('no'));
  begin(Promise.reject(new Error('no')));
  await settle();
  expect(begun).toHaveLength(32);
});
