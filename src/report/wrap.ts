import { charactersOf, widthOf } from './table.ts';

function fill(pieces: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const piece of pieces) {
    const longer: string = line === undefined ? piece : `${line} ${piece}`;
    // The blanks with which a text begins are no line of their own.
    if (line !== undefined && line.trim() !== '' && widthOf(longer) > width) {
      lines.push(line);
      line = piece;
    } else line = longer;
  }
  return [...lines, line ?? ''];
}

/** A text in pieces of at most so many columns, broken wherever it has to be. */
export function breakText(text: string, width: number): readonly string[] {
  if (widthOf(text) <= width) return [text];
  const pieces: string[] = [];
  let piece = '';
  let left = width;
  for (const character of charactersOf(text)) {
    left -= widthOf(character);
    if (left < 0 && piece !== '') {
      pieces.push(piece);
      piece = '';
      left = width - widthOf(character);
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** A text in lines of at most so many columns, broken between words; a longer word, which one may want to copy, has a line of its own. */
export function wrapText(text: string, width: number): readonly string[] {
  return fill(text.split(' '), width);
}

/** The same, with longer words broken too. */
export function wrapAll(text: string, width: number): readonly string[] {
  return wrapText(text, width).flatMap((line) => breakText(line, width));
}

/**
 * A line of a text in lines of at most so many columns, those after the first set in by two, so that it is seen where the
 * next line of the text begins; not where a word would be broken for that, or has to be.
 */
export function wrapLine(line: string, width: number): readonly string[] {
  const [first = '', ...rest] = wrapText(line, width);
  const inner = wrapText(rest.join(' '), width - 2);
  const fits = widthOf(first) <= width && inner.every((part) => widthOf(part) <= width - 2);
  return rest.length > 0 && fits ? [first, ...inner.map((part) => `  ${part}`)] : wrapAll(line, width);
}

/** A list in such lines, as in `cores 4, efi (type 4m, no keys)`: broken after commas, but for those in brackets. */
export function wrapList(text: string, width: number): readonly string[] {
  const parts = text.split(/(?<=,) (?![^()]*\))/);
  return fill(
    parts.flatMap((part) => (widthOf(part) > width ? part.split(' ') : [part])),
    width,
  ).flatMap((line) => breakText(line, width));
}
