import type { Range } from '../core/diagnostic.ts';
import type { TextPart } from './placeholder.ts';

/** The offset of a line's begin; lines count from 1. */
function offsetOfLine(text: string, line: number): number {
  let offset = 0;
  for (let current = 1; current < line; current += 1) {
    const end = text.indexOf('\n', offset);
    if (end === -1) return text.length;
    offset = end + 1;
  }
  return offset;
}

/**
 * The range of a placeholder inside the value that it stands in: looked for in the file's text from the value's place
 * on, since quotes, escapes and folded lines move it. Where it is not found as it is, the value's range.
 */
export function locatePart(
  parts: readonly TextPart[],
  index: number,
  place: Range,
  texts: ReadonlyMap<string, string>,
): Range {
  const text = texts.get(place.file);
  if (text === undefined) return place;
  let end = offsetOfLine(text, place.line) + place.column - 1;
  let start = end;
  for (const part of parts.slice(0, index + 1)) {
    if (typeof part === 'string') continue;
    start = text.indexOf(part.raw, end);
    if (start === -1) return place;
    end = start + part.raw.length;
  }
  const before = text.slice(0, start);
  const lineEnd = text.indexOf('\n', start);
  const stop = lineEnd === -1 ? end : Math.min(end, lineEnd);
  return {
    file: place.file,
    line: before.split('\n').length,
    column: start - before.lastIndexOf('\n'),
    length: stop - start,
  };
}
