import { expect, it } from 'vitest';
import type { Diagnostic } from '../../src/core/diagnostic.ts';
import { formatDiagnostics } from '../../src/report/diagnostics-text.ts';
import { createTheme } from '../../src/report/theme.ts';

const plain = createTheme(false);

function at(file: string, line: number, column: number, length: number, more: Partial<Diagnostic> = {}): Diagnostic {
  return {
    severity: 'error',
    code: 'SPEC_INVALID',
    summary: 'wrong type',
    detail: 'It is wrong.',
    range: { file, line, column, length },
    ...more,
  };
}

function format(diagnostics: readonly Diagnostic[], files: Readonly<Record<string, string>> = {}): string {
  return formatDiagnostics(diagnostics, new Map(Object.entries(files)), plain);
}

it('shows the place, the line before and the line, with carets', () => {
  expect(format([at('web.yaml', 2, 7, 3)], { 'web.yaml': 'kind: vm\nname: 123\ncpu: {}\n' })).toBe(
    `web.yaml:2:7: error: wrong type [PVEVM-SPEC-INVALID]
  It is wrong.

    1 | kind: vm
    2 | name: 123
      |       ^^^

1 error
`,
  );
});

it('sorts by file and place, what has no place first, and counts by severity', () => {
  const diagnostics = [
    at('b.yaml', 1, 1, 1),
    at('a.yaml', 10, 1, 1, { severity: 'warning' }),
    at('a.yaml', 2, 5, 1, { severity: 'note' }),
    at('a.yaml', 2, 3, 1),
    { severity: 'error', code: 'SPEC_FILE', summary: 'cannot read file', detail: 'c.yaml cannot be read.' } as const,
  ];
  expect(format(diagnostics)).toBe(
    `error: cannot read file [PVEVM-SPEC-FILE]
  c.yaml cannot be read.

a.yaml:2:3: error: wrong type [PVEVM-SPEC-INVALID]
  It is wrong.

a.yaml:2:5: note: wrong type
  It is wrong.

a.yaml:10:1: warning: wrong type [PVEVM-SPEC-INVALID]
  It is wrong.

b.yaml:1:1: error: wrong type [PVEVM-SPEC-INVALID]
  It is wrong.

3 errors, 1 warning, 1 note
`,
  );
});

it('lines up the numbers of lines', () => {
  const text = `${'\n'.repeat(8)}a: 1\nb: 2\n`;
  expect(format([at('a.yaml', 10, 1, 1)], { 'a.yaml': text })).toContain(
    `
     9 | a: 1
    10 | b: 2
       | ^
`,
  );
});

it('shows a tab as one space, so that carets stand below what they mean', () => {
  expect(format([at('a.yaml', 1, 4, 1)], { 'a.yaml': 'a:\tx\n' })).toContain(
    `
    1 | a: x
      |    ^
`,
  );
});

it('sets carets below what is two columns wide, and below what a mark stands upon', () => {
  const files = { 'web.yaml': 'kind: vm\ntags: [東京, cafe\u0301, 🦊x]\n' };
  const frameAt = (column: number, length: number): readonly string[] =>
    format([at('web.yaml', 2, column, length)], files)
      .split('\n')
      .slice(4, 6);
  expect(frameAt(8, 2)).toEqual(['    2 | tags: [東京, cafe\u0301, 🦊x]', '      |        ^^^^']);
  expect(frameAt(12, 5)).toEqual([expect.anything(), `      | ${' '.repeat(13)}^^^^`]);
  expect(frameAt(19, 3)).toEqual([expect.anything(), `      | ${' '.repeat(19)}^^^`]);
});

it('cuts a long line around the place', () => {
  const line = `a: ${'b'.repeat(100)}X${'c'.repeat(100)}`;
  expect(format([at('a.yaml', 1, 104, 1)], { 'a.yaml': line })).toContain(
    `
    1 | …${'b'.repeat(40)}X${'c'.repeat(39)}…
      | ${' '.repeat(41)}^
`,
  );
});

it('cuts a long line at its end, and the carets with it', () => {
  expect(format([at('a.yaml', 1, 4, 100)], { 'a.yaml': `a: ${'b'.repeat(100)}` })).toContain(
    `
    1 | a: ${'b'.repeat(77)}…
      |    ${'^'.repeat(77)}
`,
  );
});

it('shows no frame where the text has no such line', () => {
  expect(format([at('a.yaml', 3, 1, 1)], { 'a.yaml': 'a: 1\n' })).toBe(
    'a.yaml:3:1: error: wrong type [PVEVM-SPEC-INVALID]\n  It is wrong.\n\n1 error\n',
  );
});

it('puts a caret behind the line for what is missing there', () => {
  expect(format([at('a.yaml', 1, 6, 0)], { 'a.yaml': 'a: [1\n' })).toContain('\n    1 | a: [1\n      |      ^\n');
});

it('R-50: sends no control character of a file, a name or a text', () => {
  const text = format([at('\x1b[31m.yaml', 1, 1, 1, { summary: 'a\nb', detail: 'c\x1b]0;title\x07\u202ed' })], {
    '\x1b[31m.yaml': 'a: \x1b[2J\u009b\u200f\n',
  });
  expect(text).toBe(
    `\\x1b[31m.yaml:1:1: error: a\\nb [PVEVM-SPEC-INVALID]
  c\\x1b]0;title\\x07\\u{202e}d

    1 | a: ·[2J··
      | ^

1 error
`,
  );
});

it('is empty for no diagnostics', () => {
  expect(format([])).toBe('');
});

it('colours the severity, the place and the carets', () => {
  const text = formatDiagnostics([at('a.yaml', 1, 1, 1)], new Map([['a.yaml', 'a: 1']]), createTheme(true));
  expect(text).toBe(
    '\x1b[1ma.yaml:1:1\x1b[22m: \x1b[1m\x1b[31merror:\x1b[39m\x1b[22m \x1b[1mwrong type\x1b[22m\x1b[2m [PVEVM-SPEC-INVALID]\x1b[22m\n  It is wrong.\n\n    \x1b[2m1 |\x1b[22m a: 1\n    \x1b[2m  |\x1b[22m \x1b[1m\x1b[31m^\x1b[39m\x1b[22m\n\n1 error\n',
  );
});

it('says once what several resources share, and which they are', () => {
  const addresses = Array.from({ length: 13 }, (_, index) => `vm/w-${index}` as const);
  const shared = addresses.map((address) => at('a.yaml', 1, 1, 1, { address }));
  expect(format([...shared.slice(0, 2), at('a.yaml', 2, 1, 1, { address: 'vm/w-0' })])).toBe(
    `a.yaml:1:1: error: wrong type [PVEVM-SPEC-INVALID]
  It is wrong.
  It concerns vm/w-0, vm/w-1.

a.yaml:2:1: error: wrong type [PVEVM-SPEC-INVALID]
  It is wrong.

2 errors
`,
  );
  expect(format(shared)).toContain(
    '\n  It concerns vm/w-0, vm/w-1, vm/w-2, vm/w-3, vm/w-4, vm/w-5, vm/w-6, vm/w-7, vm/w-8, vm/w-9 and 3 more.\n',
  );
});

it('R-51: shows 50 at most, errors first, and how many there are', () => {
  const warnings = Array.from({ length: 60 }, (_, line) => at('a.yaml', line + 1, 1, 1, { severity: 'warning' }));
  const errors = Array.from({ length: 20 }, (_, line) => at('b.yaml', line + 1, 1, 1));
  const text = format([...warnings, ...errors]);
  expect(text.match(/^a\.yaml.*warning/gm)).toHaveLength(30);
  expect(text.match(/^b\.yaml.*error/gm)).toHaveLength(20);
  expect(text).toMatch(/\n\n… and 30 more; --json lists all of them\n\n20 errors, 60 warnings\n$/);
});

it('R-51: shows a note on all resources together, however many errors there are', () => {
  const errors = Array.from({ length: 60 }, (_, line) => at('a.yaml', line + 1, 1, 1, { address: 'vm/w-1' }));
  const ofOne = at('a.yaml', 60, 1, 1, { severity: 'note', summary: 'of one', address: 'vm/w-1' });
  const ofAll = at('a.yaml', 60, 1, 1, { severity: 'note', summary: 'of all' });
  const text = format([...errors, ofOne, ofAll]);
  expect(text.match(/^a\.yaml.*error/gm)).toHaveLength(49);
  expect(text).toContain('a.yaml:60:1: note: of all\n');
  expect(text).not.toContain('of one');
});
