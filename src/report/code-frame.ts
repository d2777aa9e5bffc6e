import type { Range } from '../core/diagnostic.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { widthOf } from './table.ts';
import type { Theme } from './theme.ts';

// Of a long line so many characters are shown.
const WIDTH = 80;
// How many characters stand before the place where a long line is cut at its beginning.
const LEAD = 40;

/** A piece of a line, as wide as it is: tabs are one column, and what a terminal would obey is a dot. */
function shownPiece(piece: string): string {
  return [...piece]
    .map((character) => (sanitizeLine(character) === character ? character : character === '\t' ? ' ' : '·'))
    .join('');
}

function shownLine(line: string, from: number): string {
  const piece = shownPiece(line.slice(from, from + WIDTH));
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
  // Columns of a terminal, of which some characters take two, and marks upon others none.
  const indent = widthOf(shownPiece(line.slice(from, column))) + (from > 0 ? 1 : 0);
  const end = column + Math.min(range.length, WIDTH - (column - from));
  const carets = Math.max(1, widthOf(shownPiece(line.slice(column, end))));
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
