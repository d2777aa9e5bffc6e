import { expect, it } from 'vitest';
import { patternOf } from '../../../src/pve/facts/pattern.ts';

it('matches the whole value', () => {
  const pattern = patternOf('a|bc');
  expect(['a', 'bc', 'ab', 'abc', 'xa'].map((value) => pattern.test(value))).toEqual([true, true, false, false, false]);
});

it('reads groups as Perl prints them, nested too', () => {
  const pattern = patternOf('(?^u:(?^u:([+-])([a-z]+))(;(?^u:([+-])([a-z]+)))*)');
  expect(['+aes', '+aes;-pcid', 'aes', '+aes;'].map((value) => pattern.test(value))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('ignores case where a group says so', () => {
  expect(patternOf('(?^i:abc)').test('ABC')).toBe(true);
  expect(patternOf('(?^:abc)').test('ABC')).toBe(false);
});

it('reads a bound without a lower end as Perl does', () => {
  const pattern = patternOf('[a-z]{,3}');
  expect(['', 'abc', 'abcd', 'a{,3}'].map((value) => pattern.test(value))).toEqual([true, true, false, false]);
});

it('makes each pattern once', () => {
  expect(patternOf('x+')).toBe(patternOf('x+'));
});
