/** How many columns a text takes, as far as can be said without knowing the terminal: one a character. */
export function widthOf(text: string): number {
  return [...text].length;
}

/** A text filled up with blanks to a width. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** The width of a column: of its widest text, but no more than a limit. */
export function columnWidth(texts: readonly string[], limit: number): number {
  return texts.reduce((width, text) => Math.max(width, widthOf(text) > limit ? 0 : widthOf(text)), 0);
}
