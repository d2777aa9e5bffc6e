import type { Range } from '../core/diagnostic.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import type { Theme } from './theme.ts';

// Of a long line so many characters are shown.
const WIDTH = 80;
// How many characters stand before the place where a long line is cut at its beginning.
const LEAD = 40;

/** A piece of a line, one column a character: tabs count as one, and what a terminal would obey is a dot. */
function shownLine(line: string, from: number): string {
  const piece = [...line.slice(from, from + WIDTH)]
    .map((character) => (sanitizeLine(character) === character ? character : character === '\t' ? ' ' : '·'))
    .join('');
  return `${from > 0 ? '…' : ''}${piece}${line.length > from + WIDTH ? '…' : ''}`;
}

/**
 * The line that a range speaks of, the line before it, and carets below its columns. Long lines are cut around the
 * place. Empty where the text has no such line, or nothing on it.
 */
export function codeFrame(text: string, range: Range, theme: Theme): readonly string[] {
  const lines = text.split('\n').slice(0, range.line);
  const line = lines[range.line - 1]?.replace(/\r$/, '');
  if (line === undefined || line.trim() === '') return [];
  const before = range.line > 1 ? lines[range.line - 2]?.replace(/\r$/, '') : undefined;
  const column = Math.min(range.column, line.length + 1) - 1;
  const from = line.length > WIDTH && column > LEAD ? column - LEAD : 0;
  const indent = column - from + (from > 0 ? 1 : 0);
  const carets = Math.max(1, Math.min(range.length, line.length - column, WIDTH - (column - from)));
  const margin = String(range.line).length;
  const row = (number: string, content: string): string =>
    `    ${theme.faint(`${number.padStart(margin)} |`)} ${content}`.trimEnd();
  return [
    ...(before === undefined || before.slice(from).trim() === ''
      ? []
      : [row(String(range.line - 1), shownLine(before, from))]),
    row(String(range.line), shownLine(line, from)),
    row('', `${' '.repeat(indent)}${theme.error('^'.repeat(carets))}`),
  ];
}
