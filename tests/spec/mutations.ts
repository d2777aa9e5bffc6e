import fc from 'fast-check';

/** One change of a text, at a place that stands for the part of it before (0 to 1). */
type Mutation =
  | { readonly type: 'insert'; readonly at: number; readonly text: string }
  | { readonly type: 'remove'; readonly at: number; readonly length: number }
  | { readonly type: 'repeat'; readonly at: number; readonly length: number; readonly times: number }
  | { readonly type: 'replace-value'; readonly at: number; readonly text: string }
  | { readonly type: 'indent'; readonly at: number; readonly by: number }
  | { readonly type: 'move-line'; readonly at: number; readonly to: number };

const SYNTAX = [
  '{',
  '}',
  '[',
  ']',
  ', ',
  ': ',
  '- ',
  '? ',
  '#',
  '"',
  "'",
  '|',
  '>-',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '\t',
];
const NAMES = [
  '&a ',
  '*a',
  '<<: *a',
  '!!binary ',
  '!env ',
  '__proto__: ',
  'constructor: ',
  'prototype: ',
  'toString: ',
];
const PLACEHOLDERS = [
  '${',
  '}',
  '$${',
  '${var.cores}',
  '${var.cores:-2}',
  '${env.PVEVM_FUZZ:-${var.a}}',
  '${index}',
  '${index:02}',
  '${each.a}',
  '${file:vm.yaml}',
  '${var.__proto__}',
  '${var.}',
  '${nothing.x}',
];
const VALUES = [
  'null',
  '~',
  'true',
  'off',
  '0',
  '-1',
  '1e999',
  '.inf',
  '.nan',
  '0x7f',
  '99999999999999999999',
  '12:30:45',
  '2026-01-01',
  '32GiB',
  '""',
  '{}',
  '[]',
  '[[[]]]',
  '{ a: { b: [c] } }',
];
const KEYS = ['vars: { a: 1 }\n', 'extends: vm.yaml\n', 'instances: 3\n', 'each: [{ a: 1 }]\n', 'exclusive: [disks]\n'];
const CHARACTERS = ['\u0000', '\r\n', '\r', '\ufeff', '\u0085', '\u2028', '\u202e', '\u001b[2J', '😀', '\ud800', 'é'];

const place = fc.double({ min: 0, max: 1, noNaN: true });
const token = fc.constantFrom(...SYNTAX, ...NAMES, ...PLACEHOLDERS, ...VALUES, ...KEYS, ...CHARACTERS);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ type: fc.constant('insert' as const), at: place, text: token }),
  fc.record({ type: fc.constant('remove' as const), at: place, length: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    type: fc.constant('repeat' as const),
    at: place,
    length: fc.integer({ min: 1, max: 60 }),
    times: fc.integer({ min: 1, max: 90 }),
  }),
  fc.record({ type: fc.constant('replace-value' as const), at: place, text: token }),
  fc.record({ type: fc.constant('indent' as const), at: place, by: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ type: fc.constant('move-line' as const), at: place, to: place }),
);

/** Some changes to make to a text, in order. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(mutation, { minLength: 1, maxLength: 6 });

function changeLines(text: string, at: number, change: (lines: string[], index: number) => void): string {
  const lines = text.split('\n');
  change(lines, Math.min(lines.length - 1, Math.floor(at * lines.length)));
  return lines.join('\n');
}

function mutate(text: string, change: Mutation): string {
  const start = Math.floor(change.at * text.length);
  switch (change.type) {
    case 'insert':
      return text.slice(0, start) + change.text + text.slice(start);
    case 'remove':
      return text.slice(0, start) + text.slice(start + change.length);
    case 'repeat':
      return text.slice(0, start) + text.slice(start, start + change.length).repeat(change.times) + text.slice(start);
    case 'replace-value':
      return changeLines(text, change.at, (lines, index) => {
        lines[index] = lines[index]?.replace(/: .*/, () => `: ${change.text}`) ?? '';
      });
    case 'indent':
      return changeLines(text, change.at, (lines, index) => {
        const line = lines[index] ?? '';
        lines[index] = change.by > 0 ? ' '.repeat(change.by) + line : line.slice(-change.by);
      });
    case 'move-line':
      return changeLines(text, change.at, (lines, index) => {
        const [line = ''] = lines.splice(index, 1);
        lines.splice(Math.floor(change.to * lines.length), 0, line);
      });
  }
}

/** The text after all of these changes. */
export function mutateText(text: string, changes: readonly Mutation[]): string {
  return changes.reduce(mutate, text);
}
