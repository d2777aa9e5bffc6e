import { expect, it } from 'vitest';
import { createSlots } from '../../../src/pve/connection/slots.ts';

/** Takes a place, and says in `begun` when it has one. */
async function take(
  slots: ReturnType<typeof createSlots>,
  name: string,
  begun: string[],
  signal?: AbortSignal,
): Promise<() => void> {
  const release = await slots.take(signal);
  begun.push(name);
  return release;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('gives as many places as there are, and the next in the order of asking', async () => {
  const slots = createSlots(2);
  const begun: string[] = [];
  const first = take(slots, 'a', begun);
  const others = ['b', 'c', 'd'].map((name) => take(slots, name, begun));
  await settle();
  expect(begun).toEqual(['a', 'b']);
  (await first)();
  await settle();
  expect(begun).toEqual(['a', 'b', 'c']);
  (await others[0])?.();
  await settle();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

it('R-52: has no more places after many have been handed on', async () => {
  const slots = createSlots(2);
  const begun: string[] = [];
  const releases = ['a', 'b', 'c', 'd'].map((name) => take(slots, name, begun));
  for (const release of releases) (await release)();
  const again = ['e', 'f', 'g'].map((name) => take(slots, name, begun));
  await settle();
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  (await again[0])?.();
  await again[2];
});

it('a place that nobody waits for is free again', async () => {
  const slots = createSlots(1);
  (await slots.take())();
  const begun: string[] = [];
  await take(slots, 'a', begun);
  expect(begun).toEqual(['a']);
});

it('who is aborted waits no longer, takes no place, and keeps none', async () => {
  const slots = createSlots(1);
  const begun: string[] = [];
  const release = await take(slots, 'a', begun);
  const abort = new AbortController();
  const waiting = take(slots, 'b', begun, abort.signal);
  const last = take(slots, 'c', begun);
  abort.abort();
  (await waiting)();
  await settle();
  expect(begun).toEqual(['a', 'b']);
  release();
  await last;
  expect(begun).toEqual(['a', 'b', 'c']);
});

it('who is aborted already does not wait', async () => {
  const slots = createSlots(1);
  await slots.take();
  const begun: string[] = [];
  await take(slots, 'late', begun, AbortSignal.abort());
  expect(begun).toEqual(['late']);
});
