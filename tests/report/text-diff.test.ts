import { expect, it } from 'vitest';
import type { Change } from '../../src/core/plan.ts';
import { formatChanges } from '../../src/report/plan/change-text.ts';
import { formatTextDiff } from '../../src/report/text-diff.ts';
import { createTheme } from '../../src/report/theme.ts';

it('shows a text of several lines by the lines that go and come, without obeying what is in them', () => {
  const change: Change = {
    path: 'description',
    key: 'description',
    before: 'The first web server\n\nOwner: ops',
    after: 'The first web server\n\nOwner: \u001b[2Jplatform\nRunbook: wiki',
    effect: 'none',
    state: 'change',
    origin: 'vm.yaml:3:1',
  };
  expect(
    formatChanges([change], { theme: createTheme(false), width: 100, origins: false }).join('\n'),
  ).toMatchInlineSnapshot(`
    "      description  changed lines:
                The first web server
              
              - Owner: ops
              + Owner: \\x1b[2Jplatform
              + Runbook: wiki"
  `);
});

const NAMES = Array.from({ length: 30 }, (_one, index) => `line ${index + 1}`);
const plain = createTheme(false);

it('leaves lines out that stay and are far from a change, where that is asked for, and says how many', () => {
  const after = NAMES.with(14, 'another');
  expect(formatTextDiff(NAMES.join('\n'), after.join('\n'), plain, { context: 1 })).toEqual([
    '… 13 lines stay',
    '  line 14',
    '- line 15',
    '+ another',
    '  line 16',
    '… 14 lines stay',
  ]);
  expect(formatTextDiff(NAMES.join('\n'), after.join('\n'), plain)).toHaveLength(31);
});

it('shows blanks at the end of a line that comes or goes', () => {
  expect(formatTextDiff('a\nb', 'a\nb  ', plain)).toEqual(['  a', '- b', '+ b··']);
});

it('shows a text that comes or goes as its lines, with those blanks that they begin with', () => {
  expect(formatTextDiff('', 'a\n  b', plain)).toEqual(['+ a', '+   b']);
  expect(formatTextDiff('a\n', '', plain)).toEqual(['- a']);
});

it('shows long texts, and lists that are long, by their lines, and short ones as they are', () => {
  const layout = { theme: plain, width: 80, origins: false };
  const of = (before: Change['before'], after: Change['after']): string =>
    formatChanges([{ path: 'x', key: 'x', before, after, effect: 'none', state: 'change', origin: '' }], layout).join(
      '\n',
    );
  const long = (end: string): string => `${'word '.repeat(20)}${end}`;
  expect(of(long('one'), long('two'))).toMatch(/word one[\s\S]*word two/);
  expect(of([long('a')], [long('a'), long('b')])).toContain('          + word');
  expect(of(['web'], ['web', 'demo'])).toBe('      x  web → web, demo');
  expect(of(null, 'one\ntwo')).toBe('      x  changed lines:\n          + one\n          + two');
});
