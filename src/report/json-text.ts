// JSON escapes C0; these reach a terminal as they are.
const UNSAFE_IN_JSON = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** A value as JSON, ending in a newline, without a character that a terminal would obey; on one line unless indented. */
export function toJsonText(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, null, indent).replace(
    UNSAFE_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}
