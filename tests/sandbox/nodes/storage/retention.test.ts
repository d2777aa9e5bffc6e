import { expect, it } from 'vitest';
import { marksOf, parseKeep } from '../../../../src/sandbox/nodes/storage/retention.ts';

const DAY = 86_400;
const at = (time: number | undefined, isProtected = false) => ({ time, isProtected });

it('keeps the last ones, then one for each slot of the next rule', () => {
  const backups = [10, 9.5, 9, 8.5, 8].map((day) => at(day * DAY));
  expect(marksOf(backups, parseKeep('keep-last=1,keep-daily=2'))).toEqual(['keep', 'keep', 'remove', 'keep', 'remove']);
});

it('never removes what is protected or renamed, nor anything where all are kept', () => {
  expect(marksOf([at(DAY), at(0, true), at(undefined)], parseKeep('keep-last=1'))).toEqual([
    ...['keep', 'protected', 'renamed'],
  ]);
  expect(marksOf([at(DAY), at(0)], parseKeep('keep-all=1'))).toEqual(['keep', 'keep']);
});
