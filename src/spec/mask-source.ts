import { REDACTED } from '../core/redact.ts';

// By its name: a text that cannot be parsed has no fields yet, and a key may be misspelt.
const KEY = /(?:^|[\s{,])["']?[\w.-]*(?:passw|secret|token|keyring)[\w.-]*["']?\s*:(?=\s|$)\s*/i;
const PLACEHOLDER = /^(["']?)(?:\$\{(?:(?:env|var|each)\.[\w-]+|file:[^}]*|index(?::0\d)?)\})+\1(?=\s*(?:$|[,}\]]|#))/;
const QUOTED = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/;

/** What follows a masked line, where the value goes on there: lines that are deeper than its key, or up to a quote. */
type Rest = { readonly deeperThan: number } | { readonly quote: string };

interface MaskedLine {
  readonly text: string;
  readonly rest?: Rest;
}

function maskLine(line: string, from: number): MaskedLine {
  const match = KEY.exec(line.slice(from));
  if (match === null) return { text: line };
  const start = from + match.index + match[0].length;
  const value = line.slice(start);
  const head = line.slice(0, start);
  const column = from + match.index + match[0].search(/[^\s{,]/);
  const known = PLACEHOLDER.exec(value)?.[0] ?? '';
  if (known !== '') return maskLine(line, start + known.length);
  const isFlow = /[{[]/.test(line.slice(0, column));
  const [first = ''] = value;
  const whole = QUOTED.exec(value)?.[0];
  const quote = first === '"' || first === "'" ? first : undefined;
  if (quote !== undefined && whole === undefined) return { text: `${head}${REDACTED}`, rest: { quote } };
  const length = whole?.length ?? (isFlow ? value.search(/\s*(?:[,}]|$)/) : value.length);
  const masked = `${head}${value === '' ? '' : REDACTED}`;
  const after = maskLine(`${masked}${value.slice(length)}`, masked.length);
  return isFlow || after.rest !== undefined ? after : { ...after, rest: { deeperThan: column } };
}

function indentOf(line: string): number {
  return line.search(/\S|$/);
}

/**
 * A file's text for showing its lines: without the values of keys that are called after passwords, secrets and tokens,
 * unless those are placeholders without a fallback. Lines keep their numbers.
 */
export function maskSource(text: string): string {
  if (!/passw|secret|token|keyring/i.test(text)) return text;
  let rest: Rest | undefined;
  const lines = text.split('\n').map((line) => {
    if (rest !== undefined) {
      const indent = indentOf(line);
      if ('quote' in rest) {
        if (line.includes(rest.quote)) rest = undefined;
        return `${line.slice(0, indent)}${REDACTED}`;
      }
      if (line.trim() === '') return line;
      if (indent > rest.deeperThan) return `${line.slice(0, indent)}${REDACTED}`;
    }
    const masked = maskLine(line, 0);
    rest = masked.rest;
    return masked.text;
  });
  return lines.join('\n');
}
