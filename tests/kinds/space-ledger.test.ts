import { expect, it } from 'vitest';
import { besides, createSpaceLedger } from '../../src/kinds/space-ledger.ts';

const claim = (
  by: string,
  amounts: { firm?: number; thin?: number },
  place: { node?: string; shared?: boolean } = {},
) => ({ by, storage: 'local', node: 'pve1', shared: false, firm: 0, thin: 0, ...place, ...amounts }) as const;

it('R-17: adds up what several resources take, and tells of it where the space runs out', () => {
  const ledger = createSpaceLedger();
  expect(ledger.claim(claim('vm/a', { thin: 60 }), 100)).toBeUndefined();
  expect(ledger.claim(claim('vm/b', { thin: 60 }), 100)).toEqual({ isRefused: false, bytes: 120, others: ['vm/a'] });
  expect(ledger.claim(claim('vm/c', { thin: 10 }), 100)).toBeUndefined();
  expect(ledger.claim(claim('vm/d', { thin: 101 }), 100)).toMatchObject({ isRefused: false, bytes: 231 });
});

it('refuses only what is taken at once', () => {
  const ledger = createSpaceLedger();
  ledger.claim(claim('vm/a', { thin: 90 }), 100);
  expect(ledger.claim(claim('image/a', { firm: 60 }), 100)).toMatchObject({ isRefused: false });
  expect(ledger.claim(claim('image/b', { firm: 60 }), 100)).toMatchObject({ isRefused: true });
});

it('takes a shared storage for one, and one that is not for one on each node', () => {
  const ledger = createSpaceLedger();
  ledger.claim(claim('vm/a', { thin: 60 }), 100);
  expect(ledger.claim(claim('vm/b', { thin: 60 }, { node: 'pve2' }), 100)).toBeUndefined();
  const shared = { shared: true, storage: 'cephfs' };
  ledger.claim({ ...claim('vm/a', { thin: 60 }), ...shared }, 100);
  expect(ledger.claim({ ...claim('vm/b', { thin: 60 }, { node: 'pve2' }), ...shared }, 100)).toMatchObject({
    bytes: 120,
  });
});

it('counts a resource once, however often it is looked at', () => {
  const ledger = createSpaceLedger();
  ledger.claim(claim('vm/a', { thin: 60 }), 100);
  expect(ledger.claim(claim('vm/a', { thin: 60 }), 100)).toBeUndefined();
  const crossing = ledger.claim(claim('vm/b', { thin: 60 }), 100);
  expect(ledger.claim(claim('vm/b', { thin: 60 }), 100)).toEqual(crossing);
});

it('names who takes something besides', () => {
  const bytes = 3 * 1024 ** 3;
  expect(besides({ isRefused: true, bytes, others: [] })).toBe('');
  expect(besides({ isRefused: true, bytes, others: ['vm/a'] })).toBe(', 3.0 GiB together with vm/a');
  expect(besides({ isRefused: true, bytes, others: ['a', 'b', 'c', 'd', 'e', 'f'] })).toContain(
    'a, b, c, d and 2 more',
  );
});
