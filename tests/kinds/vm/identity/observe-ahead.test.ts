import { expect, it } from 'vitest';
import type { Resource } from '../../../../src/core/resource.ts';
import type { Observation } from '../../../../src/kinds/kind.ts';
import type { FoundGuest } from '../../../../src/kinds/vm/identity/found.ts';
import { createObservedAhead } from '../../../../src/kinds/vm/identity/observe-ahead.ts';

const documentOf = (name: string, spec = {}): Resource => ({ address: `vm/${name}`, spec }) as Resource;
const GUEST = { vmid: 101 } as FoundGuest;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('is told of once, when it is final, and given to whoever asks for it', async () => {
  const seen = { node: 'pve1' } as Observation;
  const told: unknown[] = [];
  const observed: string[] = [];
  const ahead = createObservedAhead(
    async ({ address }) => {
      observed.push(address);
      await settle();
      return seen;
    },
    ({ address }, observation) => told.push([address, observation]),
  );
  ahead.begin(documentOf('a'), GUEST);
  expect(told).toEqual([]);
  expect(await ahead.of('vm/a')).toBe(seen);
  await settle();
  expect([told, observed]).toEqual([[['vm/a', seen]], ['vm/a']]);
  expect(ahead.of('vm/b')).toBeUndefined();
});

it('a failure is for whoever asks, and does not end the program before', async () => {
  const failure = new Error('no');
  const told: unknown[] = [];
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  try {
    const ahead = createObservedAhead(
      () => Promise.reject(failure),
      (resource) => told.push(resource),
    );
    ahead.begin(documentOf('a'), GUEST);
    await settle();
    await settle();
    await expect(ahead.of('vm/a')).rejects.toBe(failure);
    expect([told, unhandled]).toEqual([[], []]);
  } finally {
    process.off('unhandledRejection', note);
  }
});

it('a guest that moves is not looked at ahead: it counts on what those before it take', async () => {
  const ahead = createObservedAhead(async () => ({ node: 'pve1' }) as Observation);
  const guest = { ...GUEST, node: 'pve1' };
  ahead.begin(documentOf('a', { node: 'pve2', onMoved: 'migrate' }), guest);
  ahead.begin(documentOf('b', { node: 'pve1', onMoved: 'migrate' }), guest);
  ahead.begin(documentOf('c', { node: 'pve2' }), guest);
  expect(ahead.of('vm/a')).toBeUndefined();
  expect([await ahead.of('vm/b'), await ahead.of('vm/c')]).toEqual([{ node: 'pve1' }, { node: 'pve1' }]);
});
