import { eastAsianWidth } from 'get-east-asian-width';

// Most texts are of these alone, and need no more than to be counted.
const NARROW = /^[ -~]*$/;
// In functions, since to make them takes a millisecond.
const isEmoji = (text: string): boolean =>
  /^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3)/u.test(text);
const isUnseen = (text: string): boolean => /^[\p{Mark}\p{Default_Ignorable_Code_Point}\p{Surrogate}]+$/u.test(text);
const NARROW_KANA = /[\uff9e\uff9f]/g;

let segmenter: Intl.Segmenter | undefined;

/** The characters of a text as a reader counts them: an accent belongs to its letter, and an emoji is one. */
export function charactersOf(text: string): readonly string[] {
  if (NARROW.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function characterWidth(character: string): number {
  if (isUnseen(character)) return 0;
  if (isEmoji(character)) return 2;
  // Sound marks of half width are columns of their own, though they belong to the letter before.
  const marks = character.slice(1).match(NARROW_KANA)?.length ?? 0;
  return eastAsianWidth(character.codePointAt(0) ?? 0) + marks;
}

/** How many columns a text takes on a terminal: two for wide characters and emoji, none for combining marks (Unicode: UAX 11 and 29). */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  return charactersOf(text).reduce((width, character) => width + characterWidth(character), 0);
}

/** A text without what does not fit in so many columns, which ends in `…` then. */
export function cutToWidth(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let cut = '';
  let left = width - 1;
  for (const character of charactersOf(text)) {
    left -= widthOf(character);
    if (left < 0) break;
    cut += character;
  }
  return width < 1 ? '' : `${cut}…`;
}

/** A text filled up with blanks to a width. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** The width of a column: of its widest text, but no more than a limit. */
export function columnWidth(texts: readonly string[], limit: number): number {
  return texts.reduce((width, text) => Math.max(width, widthOf(text) > limit ? 0 : widthOf(text)), 0);
}
