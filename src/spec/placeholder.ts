import type { Json } from '../core/json.ts';

/** A placeholder of a text: what it asks for, and the characters that it is written with. */
export type Placeholder = { readonly raw: string } & (
  | { readonly source: 'env' | 'var'; readonly name: string; readonly fallback?: string }
  | { readonly source: 'each'; readonly name: string }
  | { readonly source: 'file'; readonly path: string }
  | { readonly source: 'index'; readonly width: number }
);

/** A part of a text: plain characters, a placeholder, or what begins like a placeholder and is none. */
export type TextPart = string | Placeholder | { readonly raw: string; readonly source: 'malformed' };

// `$${` first, so that what follows it is plain; a placeholder ends at the first brace.
const PARTS = /\$\$\{|\$\{[^}]*\}?/g;
const VARIABLE = /^(env|var)\.([A-Za-z_][A-Za-z0-9_-]*)(?::-(.*))?$/s;
const EACH = /^each\.([A-Za-z_][A-Za-z0-9_-]*)$/;
const FILE = /^file:(.+)$/;
const INDEX = /^index(?::0([1-9]))?$/;

/** Whether a placeholder can ask for a variable of this name. */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name);
}

/** Whether a text holds a placeholder, or an escaped one. */
export function holdsPlaceholder(text: string): boolean {
  return text.includes('${');
}

/** Whether a value holds a placeholder, or an escaped one, anywhere; keys do not count. */
export function hasPlaceholders(value: Json): boolean {
  if (typeof value === 'string') return holdsPlaceholder(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((child: Json) => hasPlaceholders(child));
}

function readPlaceholder(raw: string): TextPart {
  const body = raw.endsWith('}') ? raw.slice(2, -1) : '';
  // Placeholders do not nest: a fallback that holds one would end at the brace of the inner one.
  if (holdsPlaceholder(body)) return { raw, source: 'malformed' };
  const [, source, variable, fallback] = VARIABLE.exec(body) ?? [];
  if (variable !== undefined && (source === 'env' || source === 'var')) {
    return { raw, source, name: variable, ...(fallback === undefined ? {} : { fallback }) };
  }
  const key = EACH.exec(body)?.[1];
  if (key !== undefined) return { raw, source: 'each', name: key };
  const path = FILE.exec(body)?.[1];
  if (path !== undefined) return { raw, source: 'file', path };
  const index = INDEX.exec(body);
  return index === null
    ? { raw, source: 'malformed' }
    : { raw, source: 'index', width: index[1] === undefined ? 1 : Number(index[1]) };
}

/** Takes a text apart at its placeholders; `$${` is the characters `${`. */
export function readParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  let plain = '';
  for (const match of text.matchAll(PARTS)) {
    plain += text.slice(end, match.index);
    end = match.index + match[0].length;
    if (match[0] === '$${') {
      plain += '${';
      continue;
    }
    if (plain !== '') parts.push(plain);
    plain = '';
    parts.push(readPlaceholder(match[0]));
  }
  plain += text.slice(end);
  return plain === '' ? parts : [...parts, plain];
}

/** A placeholder as an origin shows it: without its fallback. */
export function displayPlaceholder(placeholder: Placeholder): string {
  switch (placeholder.source) {
    case 'file':
      return `\${file:${placeholder.path}}`;
    case 'index':
      return '${index}';
    default:
      return `\${${placeholder.source}.${placeholder.name}}`;
  }
}
