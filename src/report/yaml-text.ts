import { stringify } from 'yaml';
import type { Json } from '../core/json.ts';

// What a terminal would obey, or what turns the direction of text; newlines and tabs are none of them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;
const EACH_UNSAFE = new RegExp(UNSAFE, 'g');

/** A text in double quotes, with an escape for each character that is not safe to print; YAML reads JSON's escapes. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    EACH_UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * One key and its value as lines of YAML 1.2, at most one line for each value but texts of several lines and lists. No
 * character that a terminal would obey gets through: a value that holds one is written with escapes.
 */
export function yamlLines(key: string, value: Json): readonly string[] {
  const options = { lineWidth: 0, doubleQuotedMinMultiLineLength: 100_000, blockQuote: 'literal' } as const;
  const text = stringify({ [key]: value }, { ...options, aliasDuplicateObjects: false });
  const lines = text.replace(/\n$/, '').split('\n');
  if (!UNSAFE.test(JSON.stringify([key, value]).concat(text))) return lines;
  return [`${quote(key)}: ${flow(value)}`];
}

/** A value as JSON, which is YAML too, with its texts made safe. */
function flow(value: Json): string {
  if (typeof value === 'string') return quote(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => flow(item)).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, child]) => `${quote(key)}: ${flow(child as Json)}`)
    .join(', ')} }`;
}
