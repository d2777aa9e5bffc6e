import { expect, it } from 'vitest';
import { columnWidth, cutToWidth, pad, widthOf } from '../../src/report/table.ts';

it.each([
  ['', 0],
  ['web-01', 6],
  ['größe', 5],
  ['gro\u0308ße', 5],
  ['サーバー', 8],
  ['서버', 4],
  ['ｻｰﾊﾞｰ', 5],
  ['ＡＢ', 4],
  ['🚀', 2],
  ['✓', 1],
  ['⚠️', 2],
  ['1️⃣', 2],
  ['🇩🇪', 2],
  ['👩‍👩‍👧‍👦', 2],
  ['👍🏽', 2],
  ['a\u200bb', 2],
  ['\ud800', 0],
])('takes %j for %i columns wide', (text, width) => {
  expect(widthOf(text)).toBe(width);
});

it('fills up and measures columns by what a terminal shows', () => {
  expect(pad('サー', 6)).toBe('サー  ');
  expect(columnWidth(['サーバー', 'web'], 20)).toBe(8);
  expect(columnWidth(['サーバー', 'web'], 7)).toBe(3);
});

it('cuts between characters, and never through one', () => {
  expect(cutToWidth('web-01', 6)).toBe('web-01');
  expect(cutToWidth('web-01', 5)).toBe('web-…');
  expect(cutToWidth('サーバー', 6)).toBe('サー…');
  expect(cutToWidth('a👩‍👩‍👧‍👦b', 3)).toBe('a…');
  expect(cutToWidth('web', 0)).toBe('');
});
