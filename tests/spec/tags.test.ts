import { expect, it } from 'vitest';
import { parseDocuments } from '../../src/spec/parse.ts';

const TEXT = 'kind: vm\nname: a\nx: ';

/** What a value with a tag is read as; the summary of what is wrong with it where it is refused. */
function read(value: string): unknown {
  const { documents, diagnostics } = parseDocuments('vm.yaml', `${TEXT}${value}\n`);
  return diagnostics.length > 0 ? diagnostics.map(({ summary }) => summary) : documents[0]?.value['x'];
}

it.each([
  ['!!str 5', '5'],
  ['!!str true', 'true'],
  ['!!str null', 'null'],
  ['!!str', ''],
  ['! 5', '5'],
  ['!<tag:yaml.org,2002:str> 5', '5'],
  ['!!int "5"', 5],
  ['!!int 0x1F', 31],
  ['!!float "1.5"', 1.5],
  ['!!bool "true"', true],
  ['!!null null', null],
  ['!!null ~', null],
  ['!!map { a: 1 }', { a: 1 }],
  ['!!seq [a]', ['a']],
  ['[!!str 1, !!int "2"]', ['1', 2]],
])('R-51: a tag of plain YAML does what it says: %s', (text, value) => {
  expect(read(text)).toEqual(value);
});

it.each([
  '!!null x',
  '!!int x',
  '!!bool yes',
  '!!str { a: 1 }',
  '!!map x',
  '!!seq { a: 1 }',
  '!<tag:yaml.org,2002:map> [a]',
])('R-51: a tag that does not fit its value is an error: %s', (text) => {
  expect(read(text)).toEqual(['tag does not fit']);
});

it.each([
  '!foo 5',
  '!!foo 5',
  '!!binary aGk=',
  '!!set { a }',
  '!!omap [a: 1]',
  '!!timestamp 2020-01-01',
  '!foo { a: 1 }',
  '!foo [a]',
  '!e!x a',
  '!!merge x',
  '!<x> a',
])('R-51: any other tag is an error: %s', (text) => {
  expect(read(text)).toEqual(['unknown tag']);
});

it.each([
  ['of a document', '--- !foo\nkind: vm\n', 'unknown tag'],
  ['of a key', '!foo kind: vm\n', 'unknown tag'],
  ['of a document, though it is none', '--- !!seq\nkind: vm\n', 'tag does not fit'],
])('R-51: so is the tag %s', (_name, text, summary) => {
  const { diagnostics } = parseDocuments('vm.yaml', text);
  expect(diagnostics.map((found) => found.summary)).toEqual([summary]);
});
