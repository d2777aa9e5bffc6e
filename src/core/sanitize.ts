// C0, DEL, C1 and the marks that reorder text; newline and tab are left to the caller.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * Text from a server or a file, made safe for a terminal: control characters and marks that reorder text become
 * visible escapes such as `\x1b`, so that no sequence reaches the terminal. Newlines and tabs stay.
 */
export function sanitizeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** As `sanitizeText`, on one line: newlines and tabs are escaped too. */
export function sanitizeLine(text: string): string {
  return sanitizeText(text).replaceAll('\n', '\\n').replaceAll('\t', ' ');
}
