import { expect, it } from 'vitest';
import type { Diagnostic } from '../../src/core/diagnostic.ts';
import { toCodeQuality } from '../../src/report/code-quality.ts';

const finding: Diagnostic = {
  ...{ severity: 'error', code: 'SPEC_INVALID', summary: 'unknown key', detail: 'Did you mean memory?' },
  range: { file: 'web.yaml', line: 7, column: 3, length: 6 },
};

it('shows each finding on its line, by its name in the repository', () => {
  expect(toCodeQuality([finding], (file) => `guests/${file}`)).toEqual([
    {
      description: 'unknown key: Did you mean memory?',
      check_name: 'PVEVM-SPEC-INVALID',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      severity: 'major',
      location: { path: 'guests/web.yaml', lines: { begin: 7 } },
    },
  ]);
});

it('knows a finding again that has moved, and tells equal ones apart', () => {
  const moved: Diagnostic = { ...finding, range: { file: 'web.yaml', line: 9, column: 3, length: 6 } };
  const same = (file: string): string => file;
  const [before] = toCodeQuality([finding], same);
  const [first, second] = toCodeQuality([moved, finding], same);
  expect(first?.fingerprint).toBe(before?.fingerprint);
  expect(second?.fingerprint).not.toBe(first?.fingerprint);
});

it('puts what speaks of no file on the folder, and calls warnings minor and notes info', () => {
  const { range, ...placeless } = finding;
  const found = toCodeQuality(
    [placeless, { ...finding, severity: 'warning' }, { ...finding, severity: 'note' }],
    String,
  );
  expect(found.map(({ severity }) => severity)).toEqual(['major', 'minor', 'info']);
  expect(found[0]?.location).toEqual({ path: '.', lines: { begin: 1 } });
});
