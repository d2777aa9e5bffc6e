import { LineCounter } from 'yaml';
import type { Range } from '../core/diagnostic.ts';

/** Turns offsets of one file's text into ranges. */
export interface Ranges {
  readonly text: string;
  /** The range between two offsets, cut at the end of its first line. */
  at(start: number, end: number): Range;
}

/** Makes the ranges of a file's text. */
export function createRanges(file: string, text: string): Ranges {
  const lines = new LineCounter();
  // Not told by the parser, which leaves lines out: the first one after an alias.
  lines.addNewLine(0);
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) lines.addNewLine(end + 1);
  return {
    text,
    at(start, end) {
      const { line, col } = lines.linePos(start);
      const lineEnd = text.indexOf('\n', start);
      const stop = Math.min(end, lineEnd === -1 ? text.length : lineEnd);
      return { file, line: Math.max(1, line), column: Math.max(1, col), length: Math.max(0, stop - start) };
    },
  };
}
