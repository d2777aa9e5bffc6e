import { expect, it } from 'vitest';
import { formatUntil, parseTtl, parseUntil, ttlIn } from '../../src/core/until.ts';

it('a lifetime is minutes, hours or days', () => {
  expect(['30m', '4h', '2d'].map(parseTtl)).toEqual([1_800_000, 14_400_000, 172_800_000]);
  expect(['', '0h', '4', '1.5h', '10s', '-1h', '100000h'].map(parseTtl)).toEqual(Array(7).fill(undefined));
});

it('an end is on a full minute, and never earlier than what it was made of', () => {
  const noon = Date.parse('2026-08-01T12:00:00Z');
  expect([noon, noon + 1, noon - 59_999].map(formatUntil)).toEqual([
    '2026-08-01T12:00Z',
    '2026-08-01T12:01Z',
    '2026-08-01T12:00Z',
  ]);
  expect(parseUntil('2026-08-01T12:00Z')).toBe(noon);
  expect(['2026-13-01T12:00Z', '2026-08-01', '{until:4h}', 'never'].map(parseUntil)).toEqual(Array(4).fill(undefined));
  expect([ttlIn('{until:4h}'), ttlIn('2026-08-01T12:00Z')]).toEqual(['4h', undefined]);
});
