import type { Range } from '../core/diagnostic.ts';

/** Turns offsets of one file's text into ranges. */
export interface Ranges {
  readonly text: string;
  /** The range between two offsets, cut at the end of its first line. */
  at(start: number, end: number): Range;
}

/** Makes the ranges of a file's text. */
export function createRanges(file: string, text: string): Ranges {
  // Not told by the parser, which leaves lines out: the first one after an alias.
  const starts = [0];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  const beginOf = (line: number): number => starts[line] ?? Number.POSITIVE_INFINITY;
  // Mostly the next offset is on the same line or on the next one.
  let last = 0;
  const lineAt = (offset: number): number => {
    for (const near of [last, last + 1]) if (beginOf(near) <= offset && offset < beginOf(near + 1)) return near;
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (beginOf(middle) <= offset) low = middle;
      else high = middle;
    }
    return low;
  };
  return {
    text,
    at(start, end) {
      last = lineAt(start);
      const stop = Math.min(end, text.length, beginOf(last + 1) - 1);
      const column = Math.max(1, start - beginOf(last) + 1);
      return { file, line: last + 1, column, length: Math.max(0, stop - start) };
    },
  };
}
