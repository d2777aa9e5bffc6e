import { diffLines } from 'diff';
import { redact } from '../core/redact.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import type { Theme } from './theme.ts';

/** Whether a change of a text is easier to read as lines that go and come than as one value. */
export function isTextOfLines(before: unknown, after: unknown): boolean {
  return typeof before === 'string' && typeof after === 'string' && `${before}${after}`.includes('\n');
}

/** The lines of a text that go (`-`), come (`+`) and stay, each made safe for a terminal. */
export function formatTextDiff(before: string, after: string, theme: Theme): readonly string[] {
  const ended = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);
  return diffLines(ended(before), ended(after)).flatMap(({ value, added, removed }) => {
    const [symbol, paint] = added ? ['+', theme.added] : removed ? ['-', theme.removed] : [' ', theme.faint];
    const lines = value.replace(/\n$/, '').split('\n');
    return lines.map((line) => paint(`${symbol} ${sanitizeLine(redact(line))}`.trimEnd()));
  });
}
