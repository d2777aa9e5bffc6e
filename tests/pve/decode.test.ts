import { expect, it } from 'vitest';
import { rowOf, rowsOf } from '../../src/pve/decode.ts';

const row = rowOf('/x', {
  id: '100',
  count: 7,
  on: 1,
  yes: '1',
  real: true,
  off: '0',
  no: false,
  none: null,
  empty: '',
});

it('reads numbers that come as text, and text that comes as a number', () => {
  expect([row.number('id'), row.number('count'), row.text('count')]).toEqual([100, 7, '7']);
});

it('reads flags in every way that Proxmox VE writes them', () => {
  expect(['on', 'yes', 'real'].map((key) => row.flag(key))).toEqual([true, true, true]);
  expect(['off', 'no', 'none', 'empty', 'missing'].map((key) => row.flag(key))).toEqual(Array(5).fill(false));
});

it('takes null as absence', () => {
  expect([row.optionalText('none'), row.optionalNumber('none'), row.list('none')]).toEqual([undefined, undefined, []]);
});

it('splits lists at every separator that Proxmox VE takes', () => {
  expect(rowOf('/x', { tags: 'a;b,c d' }).list('tags')).toEqual(['a', 'b', 'c', 'd']);
  expect(rowOf('/x', { tags: ' ' }).list('tags')).toEqual([]);
});

it.each([
  ['it is no list', () => rowsOf('/x', {})],
  ['it is no object', () => rowsOf('/x', [1])],
  ['it is no object', () => rowOf('/x', null)],
  ['name is missing', () => row.text('name')],
  ['size is missing', () => row.number('size')],
  ['real is no text', () => row.text('real')],
  ['id is no number', () => rowOf('/x', { id: 'abc' }).number('id')],
])('names the path and says %j', (why, read) => {
  expect(read).toThrow(
    expect.objectContaining({ code: 'PVE_ERROR', message: `cannot understand the answer of /x: ${why}` }),
  );
});
