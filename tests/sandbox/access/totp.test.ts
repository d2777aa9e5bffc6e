import { expect, it } from 'vitest';
import { totpCode, totpStep } from '../../../src/sandbox/access/totp.ts';

/** `12345678901234567890`, the secret of RFC 6238's own examples. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

it.each([
  [59, '287082'],
  [1111111109, '081804'],
  [2000000000, '279037'],
  [20000000000, '353130'],
])('gives at %i s the code of RFC 6238', (seconds, code) => {
  expect(totpCode(SECRET, seconds * 1000)).toBe(code);
});

it('knows the codes of the step before and after, and no other', () => {
  const code = totpCode(SECRET, 600_000);
  const found = [540_000, 570_000, 600_000, 630_000, 660_000].map((now) => totpStep(SECRET, code, now));
  expect(found).toEqual([undefined, 20, 20, 20, undefined]);
});
