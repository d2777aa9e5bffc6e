import { diffLines } from 'diff';
import { redact } from '../core/redact.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import type { Theme } from './theme.ts';

/** Whether a change of a text is easier to read as lines that go and come than as one value. */
export function isTextOfLines(before: unknown, after: unknown): boolean {
  return typeof before === 'string' && typeof after === 'string' && `${before}${after}`.includes('\n');
}

/** A line of a comparison: it goes, comes, or stays; or it tells of lines that stay and are left out. */
interface DiffLine {
  readonly symbol: '+' | '-' | ' ' | '…';
  readonly text: string;
}

// A text that only loses or gets blanks at the end of a line would look the same.
const visible = (line: string): string => line.replace(/ +$/, (blanks) => '·'.repeat(blanks.length));

/** Lines that stay, without those that are far from a change. */
function shorten(lines: readonly string[], isFirst: boolean, isLast: boolean, context: number): readonly DiffLine[] {
  const kept = (part: readonly string[]): readonly DiffLine[] => part.map((text) => ({ symbol: ' ', text }));
  const head = isFirst ? 0 : context;
  const tail = isLast ? 0 : context;
  const hidden = lines.length - head - tail;
  // Saying that one line is left out takes a line too.
  if (hidden < 2) return kept(lines);
  const told: DiffLine = { symbol: '…', text: `${hidden} lines stay` };
  return [...kept(lines.slice(0, head)), told, ...kept(lines.slice(lines.length - tail))];
}

function compareLines(before: string, after: string, context: number): readonly DiffLine[] {
  const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  const parts = diffLines(ended(before), ended(after));
  return parts.flatMap(({ value, added, removed }, index): readonly DiffLine[] => {
    const lines = value
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => sanitizeLine(redact(line)));
    if (added || removed) return lines.map((text) => ({ symbol: added ? '+' : '-', text: visible(text) }));
    return shorten(lines, index === 0, index === parts.length - 1, context);
  });
}

/** How a comparison is laid out. */
export interface TextDiffLayout {
  /** How many of the lines that stay are shown before and after a change; all of them unless given. */
  readonly context?: number | undefined;
  /** Breaks a line that is too wide. */
  readonly fold?: (line: string) => readonly string[];
}

/**
 * The lines of a text that go (`-`), come (`+`) and stay, each made safe for a terminal.
 */
export function formatTextDiff(
  before: string,
  after: string,
  theme: Theme,
  { context = Number.POSITIVE_INFINITY, fold = (line) => [line] }: TextDiffLayout = {},
): readonly string[] {
  const paints = { '+': theme.added, '-': theme.removed, ' ': theme.faint, '…': theme.faint } as const;
  return compareLines(before, after, context).flatMap(({ symbol, text }) =>
    fold(text).map((part, index) => paints[symbol](`${index === 0 ? symbol : ' '} ${part}`.trimEnd())),
  );
}
