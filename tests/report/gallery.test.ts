import { join } from 'node:path';
import { expect, it } from 'vitest';
import { widthOf } from '../../src/report/table.ts';
import { createTheme } from '../../src/report/theme.ts';
import { findingSituations } from './gallery/finding-situations.ts';
import { planSituations } from './gallery/plan-situations.ts';
import { runSituations } from './gallery/run-situations.ts';

const SITUATIONS = [...planSituations, ...runSituations, ...findingSituations];
// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a theme
const COLOR = /\x1b\[[\d;]*m/g;

it('has at least forty situations, each with a name of its own', () => {
  expect(new Set(SITUATIONS.map(({ title }) => title)).size).toBeGreaterThanOrEqual(40);
  expect(new Set(SITUATIONS.map(({ title }) => title)).size).toBe(SITUATIONS.length);
});

it.each([
  [80, false],
  [80, true],
  [140, false],
  [140, true],
])('shows them on %i columns, with colour: %s', async (width, color) => {
  const look = { theme: createTheme(color), width };
  const text = SITUATIONS.map(({ title, show }) => `=== ${title}\n\n${show(look).trimEnd()}\n`).join('\n');
  // What a terminal obeys would be lost on who reads the file.
  const file = join(import.meta.dirname, `gallery/${width}${color ? '-color' : ''}.txt`);
  await expect(text.replaceAll('\x1b', '␛')).toMatchFileSnapshot(file);
});

it.each([80, 140])('has no line that is wider than a terminal of %i columns', (width) => {
  const wide = SITUATIONS.flatMap(({ title, show }) =>
    show({ theme: createTheme(true), width })
      .split('\n')
      .map((line) => line.replace(COLOR, ''))
      .filter((line) => widthOf(line) > width)
      .map((line) => `${title}: ${line}`),
  );
  expect(wide).toEqual([]);
});

it('says the same in colour and without', () => {
  for (const { show } of SITUATIONS) {
    const plain = show({ theme: createTheme(false), width: 80 });
    expect(show({ theme: createTheme(true), width: 80 }).replace(COLOR, '')).toBe(plain);
  }
});
