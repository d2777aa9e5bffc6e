import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatAnnotation } from '../../src/report/annotation.ts';

const asItIs = (text: string): string => text;

it('names the place of a finding as GitHub Actions wants it', () => {
  const place = { file: 'guests/web.yaml', line: 7, column: 3, length: 6 };
  expect(
    formatAnnotation({ severity: 'error', title: 'unknown key', message: 'Did you mean memory?', place }, asItIs),
  ).toBe('::error file=guests/web.yaml,line=7,endLine=7,col=3,endColumn=9,title=unknown key::Did you mean memory?');
  expect(formatAnnotation({ severity: 'warning', title: 'old', message: '' }, asItIs)).toBe('::warning title=old::old');
});

it('escapes what would end the message or a property', () => {
  const place = { file: 'a,b:c%.yaml', line: 1 };
  expect(formatAnnotation({ severity: 'error', title: 'a: b, c', message: '50%\nmore,:', place }, asItIs)).toBe(
    '::error file=a%2Cb%3Ac%25.yaml,line=1,endLine=1,title=a%3A b%2C c::50%25%0Amore,:',
  );
});

it('R-50: is one line without control characters, whatever its texts hold', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\n::add-path::/x', '::', '\r', '\u001b[2J', '\u2028'),
  );
  fc.assert(
    fc.property(word, word, word, (file, title, message) => {
      const line = formatAnnotation({ severity: 'error', title, message, place: { file, line: 1 } }, asItIs);
      expect(line).toMatch(/^::error file=[^:,]*,line=1,endLine=1,title=[^:,]*::/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
      expect(line).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/);
    }),
  );
});

it('R-48: takes secrets out before they are escaped', () => {
  const clean = (text: string): string => text.replaceAll('50%\nsecret', '********');
  expect(formatAnnotation({ severity: 'error', title: 'no', message: 'was 50%\nsecret' }, clean)).toBe(
    '::error title=no::was ********',
  );
});
