import { expect, it } from 'vitest';
import { formatVerdict } from '../../../src/report/audit/audit-text.ts';
import { verifyAudit } from '../../../src/report/audit/verify-audit.ts';
import { createTheme } from '../../../src/report/theme.ts';

const shown = (lines: number): readonly string[] =>
  formatVerdict('ls', verifyAudit(Buffer.from('x\n'.repeat(lines))), createTheme(false)).split('\n');

it('R-29: of a file that is another one the first places are shown, how many more there are, and the sum', () => {
  const lines = shown(509);
  expect(lines).toHaveLength(22);
  expect(lines.slice(0, 20).map((line) => line.replace(/\d+/, 'N'))).toEqual(
    Array.from({ length: 20 }, () => 'line N: changed: it is no record'),
  );
  expect(lines[0]).toBe('line 1: changed: it is no record');
  expect(lines.slice(20)).toEqual([
    '… and 489 more places; --json names them all.',
    'error: ls is broken at 509 places (509 lines, 0 runs) [PVEVM-AUDIT]',
  ]);
});

it('R-29: as many places as fit are all shown, and one more is not hidden behind a line of its own', () => {
  expect(shown(20).slice(19)).toEqual(['line 20: changed: it is no record', expect.stringMatching(/^error: /)]);
  expect(shown(21).slice(19)).toEqual([
    'line 20: changed: it is no record',
    'line 21: changed: it is no record',
    expect.stringMatching(/^error: /),
  ]);
  expect(shown(22)[20]).toBe('… and 2 more places; --json names them all.');
});
