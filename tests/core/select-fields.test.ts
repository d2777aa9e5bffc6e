import { expect, it } from 'vitest';
import type { Field } from '../../src/core/field.ts';
import { partsOfPath } from '../../src/core/field-path.ts';
import { selectFields } from '../../src/core/select-fields.ts';

const field = (path: string, more: Partial<Field> = {}): Field => ({ path, key: false, description: 'x', ...more });
const isSecret = ({ writeOnly }: Field): boolean => writeOnly === true;

it('selects the fields of each list for each predicate', () => {
  const one = [field('a'), field('b', { writeOnly: true })];
  const other = [field('c', { writeOnly: true })];
  expect(selectFields(one, isSecret).map(({ path }) => path)).toEqual(['b']);
  expect(selectFields(other, isSecret).map(({ path }) => path)).toEqual(['c']);
  expect(selectFields(one, ({ path }) => path === 'a').map(({ path }) => path)).toEqual(['a']);
});

it('R-53: goes through a list once, however often it is asked', () => {
  const fields = [field('a'), field('b')];
  let asked = 0;
  const predicate = (): boolean => {
    asked += 1;
    return false;
  };
  for (let time = 0; time < 3; time += 1) expect(selectFields(fields, predicate)).toEqual([]);
  expect(asked).toBe(2);
});

it('takes a path apart, each time alike', () => {
  expect(partsOfPath('disks.*.size')).toEqual(['disks', '*', 'size']);
  expect(partsOfPath('disks.*.size')).toBe(partsOfPath('disks.*.size'));
});
