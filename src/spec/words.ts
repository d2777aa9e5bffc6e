import type { Json } from '../core/json.ts';

// A value in a message need not be read to its end.
const MAX_SHOWN = 60;

/** A value as a message shows it. */
export function displayValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}

/** A value as it would be written in a document. */
export function writtenValue(value: Json): string {
  return value === null ? 'null' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** Words joined as in a sentence: `a, b or c`. */
export function joinWords(words: readonly string[], conjunction: 'and' | 'or'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}

/** A sentence that names the nearest thing, or all there are. */
export function suggest(near: string | undefined, all: readonly string[]): string {
  return near === undefined ? `Known are: ${all.join(', ')}.` : `Did you mean ${near}?`;
}

/** A noun with its article: `a vm`, `an image`. */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
