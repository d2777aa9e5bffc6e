import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Diagnostic, Range } from '../../../src/core/diagnostic.ts';
import { formatJunit, type JunitReport } from '../../../src/report/junit/junit.ts';
import { formatPlanJunit } from '../../../src/report/junit/plan-junit.ts';
import { plan, resource, step } from '../plans.ts';
import { readXml } from '../xml-elements.ts';

const clean = (text: string): string => text;
const at = (file: string, line: number): Range => ({ file, line, column: 3, length: 1 });

function finding(more: Partial<Diagnostic>): Diagnostic {
  return { severity: 'error', code: 'SPEC_INVALID', summary: 'unknown key', detail: 'What is it?', ...more };
}

function format(more: Partial<JunitReport>): string {
  return formatJunit({ name: 'pvevm validate', resources: [], diagnostics: [], files: new Map(), clean, ...more });
}

const names = (document: string): readonly (string | undefined)[] =>
  readXml(document).map(({ name, attributes }) =>
    `${name} ${attributes['name'] ?? attributes['message'] ?? ''}`.trim(),
  );

it('has a test case for each resource, in a suite for each file, and fails those with errors', () => {
  const text = format({
    resources: [
      { address: 'vm/a', file: 'a.yaml', line: 1 },
      { address: 'vm/b', file: 'a.yaml', line: 9 },
      { address: 'vm/c', file: 'c.yaml', line: 1 },
    ],
    diagnostics: [
      finding({ address: 'vm/b', range: at('a.yaml', 10) }),
      finding({ address: 'vm/b', range: at('a.yaml', 11), summary: 'no size' }),
      finding({ address: 'vm/c', range: at('c.yaml', 2), severity: 'warning' }),
    ],
  });
  expect(text).toContain('<testsuites name="pvevm validate" tests="3" failures="1" errors="0" time="0">');
  expect(names(text)).toEqual([
    'testsuites pvevm validate',
    'testsuite a.yaml',
    'testcase vm/a',
    'testcase vm/b',
    'failure a.yaml:10:3: unknown key, and 1 more',
    'testsuite c.yaml',
    'testcase vm/c',
    'system-out',
  ]);
  expect(readXml(text).find(({ name }) => name === 'failure')?.text).toContain('error: no size [PVEVM-SPEC-INVALID]');
});

it('has a test case for a file where something belongs to no resource, and tells two documents of one name apart', () => {
  const text = format({
    resources: [
      { address: 'vm/a', file: 'a.yaml', line: 1 },
      { address: 'vm/a', file: 'a.yaml', line: 5 },
    ],
    diagnostics: [
      finding({ summary: 'too many', range: at('bad.yaml', 1), code: 'SPEC_SYNTAX' }),
      finding({ summary: 'no file', code: 'SPEC_FILE' }),
      finding({ summary: 'duplicate document', address: 'vm/a', range: at('a.yaml', 6) }),
    ],
  });
  const failed = readXml(text).filter(({ name }) => name === 'testcase' || name === 'failure');
  expect(failed.map(({ attributes }) => attributes['line'] ?? attributes['message'])).toEqual([
    ...['1', '5', 'a.yaml:6:3: duplicate document', '1', 'no file', '1', 'bad.yaml:1:3: too many'],
  ]);
});

it('R-50: is well-formed whatever its texts hold', () => {
  const word = fc.string({ unit: 'binary', maxLength: 20 });
  const nasty = fc.oneof(
    word,
    fc.constantFrom(']]>', '<x a="', '&', '"', '\u0000', '\ud800', '\uffff', '\u001b[2J', '\u0085'),
  );
  fc.assert(
    fc.property(
      fc.array(nasty, { minLength: 5, maxLength: 5 }),
      ([one = '', two = '', three = '', four = '', five = '']) => {
        const text = format({
          name: one,
          resources: [{ address: `vm/${two}`, file: three, line: 1, output: four }],
          diagnostics: [
            finding({ address: `vm/${two}`, detail: five, range: at(three, 1) }),
            finding({ summary: one, range: at(four, 2), severity: 'note' }),
          ],
          files: new Map([[three, five]]),
        });
        expect(names(text).length).toBeGreaterThan(4);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
        expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      },
    ),
    { numRuns: 500 },
  );
});

it('R-48: takes a secret out before it is escaped', () => {
  const text = format({
    resources: [{ address: 'vm/a', file: 'a.yaml', line: 1, output: 'it is a<b&c' }],
    clean: (said) => said.replaceAll('a<b&c', '********'),
  });
  expect(text).toContain('<system-out>it is ********</system-out>');
});

it('shows of a plan each resource with its changes and steps', () => {
  const guest = resource({ action: 'create', steps: [step('vm/web-01#1', 'create')] });
  const value = plan([guest], {
    diagnostics: [finding({ address: 'vm/web-01', code: 'MISSING', range: at('web.yaml', 4) })],
  });
  const text = formatPlanJunit(value, { label: 'https://pve1:8006', files: new Map(), clean });
  expect(names(text).slice(2)).toEqual(['testcase vm/web-01', 'failure web.yaml:4:3: unknown key', 'system-out']);
  expect(text).toContain('      1 step: create\n');
});
