import { expect, it } from 'vitest';
import { parseDocuments } from '../../src/spec/parse.ts';

function valuesOf(text: string): readonly unknown[] {
  const { documents, diagnostics } = parseDocuments('a.yaml', text);
  expect(diagnostics).toEqual([]);
  return documents.map((document) => document.value);
}

it('reads YAML 1.2: no, yes and 0777 are not what YAML 1.1 made of them', () => {
  expect(valuesOf('a: no\nb: yes\nc: 0777\nd: 0x10\ne: 1.5\nf: ~\ng: "1"\n')).toEqual([
    { a: 'no', b: 'yes', c: 777, d: 16, e: 1.5, f: null, g: '1' },
  ]);
});

it('reads several documents, and skips those that hold comments only', () => {
  expect(valuesOf('# first\n---\na: 1\n---\n# nothing\n---\nb: 2\n...\n')).toEqual([{ a: 1 }, { b: 2 }]);
});

it('keeps the place of every key and value, by pointer', () => {
  const [document] = parseDocuments(
    'a.yaml',
    '# x\nkind: vm\ntags: [a, b]\ndisks:\n  scsi0: { size: 1GiB }\n',
  ).documents;
  expect(document?.range).toEqual({ file: 'a.yaml', line: 2, column: 1, length: 4 });
  expect(document?.places.get('/tags/1')).toEqual({ value: { file: 'a.yaml', line: 3, column: 11, length: 1 } });
  expect(document?.places.get('/disks/scsi0/size')).toEqual({
    key: { file: 'a.yaml', line: 5, column: 12, length: 4 },
    value: { file: 'a.yaml', line: 5, column: 18, length: 4 },
  });
});

it('escapes keys in pointers', () => {
  const [document] = parseDocuments('a.yaml', '"a/b~c": 1\n').documents;
  expect([...(document?.places.keys() ?? [])]).toEqual(['/a~1b~0c']);
});

it('counts columns in a file with CRLF', () => {
  const [document] = parseDocuments('a.yaml', 'kind: vm\r\nname: x\r\n').documents;
  expect(document?.value).toEqual({ kind: 'vm', name: 'x' });
  expect(document?.places.get('/name')?.value).toEqual({ file: 'a.yaml', line: 2, column: 7, length: 1 });
});

it('takes what nests 64 deep, and refuses 65', () => {
  const nested = (depth: number): string => `a: ${'['.repeat(depth - 1)}1${']'.repeat(depth - 1)}\n`;
  expect(parseDocuments('a.yaml', nested(64)).diagnostics).toEqual([]);
  expect(parseDocuments('a.yaml', nested(65)).diagnostics.map((diagnostic) => diagnostic.summary)).toEqual([
    'nested too deeply',
  ]);
});

it('counts depth in blocks as it does in brackets', () => {
  const nested = (depth: number): string => `${'- '.repeat(depth - 1)}a: 1\n`;
  const summaries = (text: string): readonly string[] =>
    parseDocuments('a.yaml', text).diagnostics.map((diagnostic) => diagnostic.summary);
  expect(summaries(nested(64))).toEqual(['no document']);
  expect(summaries(nested(65))).toEqual(['nested too deeply']);
});

it('goes on with the next document after an error', () => {
  const { documents, diagnostics } = parseDocuments('a.yaml', 'a: 1\na: 2\n---\nb: 1\n');
  expect(documents.map((document) => document.value)).toEqual([{ b: 1 }]);
  expect(diagnostics).toHaveLength(1);
});

it('reports every duplicate key of a document', () => {
  const { diagnostics } = parseDocuments('a.yaml', 'a: 1\na: 2\nb: { c: 1, c: 2 }\n');
  expect(diagnostics.map(({ summary, range }) => `${range?.line}:${range?.column} ${summary}`)).toEqual([
    '2:1 duplicate key',
    '3:12 duplicate key',
  ]);
});

it('R-51: finds no duplicate among very many keys, in time', () => {
  const keys = Array.from({ length: 100_000 }, (_, index) => `key${index}: 1`);
  const start = performance.now();
  expect(parseDocuments('a.yaml', keys.join('\n')).diagnostics).toEqual([]);
  // Comparing every pair of keys takes minutes.
  expect(performance.now() - start).toBeLessThan(20_000);
});

it('R-51: stops after 20 problems', () => {
  const text = Array.from({ length: 100 }, () => 'a: 1\na: 2\n').join('---\n');
  expect(parseDocuments('a.yaml', text).diagnostics).toHaveLength(20);
});

it.each(['.inf', '-.inf', '.nan', '1e999'])('refuses %s, which no JSON can hold', (value) => {
  expect(parseDocuments('a.yaml', `a: ${value}\n`).diagnostics.map((diagnostic) => diagnostic.summary)).toEqual([
    'no number',
  ]);
});

it.each([
  ['a: &x 1\n', 'anchor or alias'],
  ['&x a: 1\n', 'anchor or alias'],
  ['a: *x\n', 'anchor or alias'],
  ['a: !!binary eA==\n', 'unknown tag'],
  ['a: 1\nb: { <<: { c: 1 } }\n', 'key not allowed'],
  ['{ a: 1 }: 2\n', 'key is no text'],
  ['a: {b: ${x}}\n', 'text wants quotes'],
  ['a: @x\n', 'text wants quotes'],
  ['a: "\\q"\n', 'unknown escape'],
  ['%TAG ! x\n---\na: 1\n', 'directive'],
])('refuses %j', (text, summary) => {
  expect(parseDocuments('a.yaml', text).diagnostics.map((diagnostic) => diagnostic.summary)).toEqual([summary]);
});
