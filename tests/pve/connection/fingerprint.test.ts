import { expect, it } from 'vitest';
import { normalizeFingerprint } from '../../../src/pve/connection/fingerprint.ts';

const PAIRS = Array.from({ length: 32 }, (_, index) => (index + 160).toString(16));

it('writes a fingerprint as Proxmox VE shows it, whatever its spelling', () => {
  const expected = PAIRS.join(':').toUpperCase();
  expect(normalizeFingerprint(PAIRS.join(':'))).toBe(expected);
  expect(normalizeFingerprint(` ${PAIRS.join('').toUpperCase()}\n`)).toBe(expected);
});

it.each([
  '',
  PAIRS.slice(0, 20).join(':'),
  [...PAIRS, 'aa'].join(''),
  `${PAIRS.slice(1).join(':')}:zz`,
  `${PAIRS.slice(0, 16).join('')}:${PAIRS.slice(16).join('')}`,
])('refuses %j', (text) => {
  expect(() => normalizeFingerprint(text)).toThrow(expect.objectContaining({ code: 'CONFIG' }));
});
