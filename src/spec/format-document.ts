import { isCollection, Lexer, parseAllDocuments, type YAMLMap, type YAMLSeq } from 'yaml';
import { PvevmError } from '../core/error.ts';
import { type JsonObject, jsonEqual } from '../core/json.ts';
import { compactTokens } from './compact-tokens.ts';
import { formatBlock } from './format-block.ts';
import { formatFlow } from './format-flow.ts';
import { createFormatSource, type FormatSource, spanOf } from './format-source.ts';
import { orderKeys } from './key-order.ts';
import { parseDocuments } from './parse.ts';
import type { SchemasByKind } from './schema-node.ts';

// A second pass finds nothing to do, unless comments had no clear owner.
const MAX_PASSES = 4;

/** The comments of a text in some order, to see that none is lost. */
function commentsOf(text: string): string {
  // A scalar, in which # is no comment, is one token of the lexer, and begins with another character.
  return [...new Lexer().lex(text)]
    .filter((token) => token.startsWith('#'))
    .map((comment) => comment.trim())
    .sort()
    .join('\n');
}

function formatOnce(text: string, schemas: SchemasByKind): string {
  const result: string[] = [];
  const shared = createFormatSource(text, (_path, keys) => keys);
  const { lines, lineOf, endOf } = shared;
  let done = 0;
  for (const document of parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false })) {
    const { contents } = document;
    const span = spanOf(contents);
    if (!isCollection(contents) || span === undefined) continue;
    const kind = String(document.get('kind'));
    const source: FormatSource = { ...shared, order: (path, keys) => orderKeys(kind, path, keys, schemas) };
    const start = lineOf(span[0]);
    const head = lines[start] ?? '';
    const isBlock = contents.flow !== true;
    // `--- kind: vm` and `--- {…}`: what stands beside the mark is left as it is.
    if (head.startsWith('---')) continue;
    let end = lineOf(span[1] - 1) + 1;
    while (end < lines.length && /^\s*(#.*)?$/.test(lines[end] ?? '')) end += 1;
    result.push(...lines.slice(done, start));
    if (isBlock) result.push(...formatBlock(contents as YAMLMap | YAMLSeq, end, source));
    else {
      const whole = lines.slice(start, end).join('\n');
      const offset = endOf(start) - head.length;
      result.push(whole.slice(0, span[0] - offset) + formatFlow(contents, [], source) + whole.slice(span[1] - offset));
    }
    done = end;
  }
  const formatted = [...result, ...lines.slice(done)].join('\n');
  return formatted.endsWith('\n') ? formatted : `${formatted}\n`;
}

function means(text: string): readonly JsonObject[] {
  return parseDocuments('', text).documents.map(({ value }) => value);
}

/**
 * A text of documents in canonical form: keys in the order of their kind's schema, two columns for each level, flow maps
 * as `{ a: 1, b: 2 }`; comments, blank lines, quotes and line ends stay. Formatting it again changes nothing. Undefined
 * where that cannot be done without changing what the text means, or losing a comment. The text must parse.
 */
export function formatDocuments(text: string, schemas: SchemasByKind): string | undefined {
  const endsWithReturn = text.includes('\r\n');
  const original = text.replaceAll('\r\n', '\n');
  let formatted = compactTokens(original);
  try {
    for (let pass = 0; pass < MAX_PASSES; pass += 1) {
      const next = formatOnce(formatted, schemas);
      if (next === formatted) break;
      formatted = next;
    }
    if (formatOnce(formatted, schemas) !== formatted) return undefined;
  } catch (error) {
    if (error instanceof PvevmError) return undefined;
    throw error;
  }
  if (commentsOf(formatted) !== commentsOf(original)) return undefined;
  const [before, after] = [means(original), means(formatted)];
  if (before.length !== after.length || !before.every((value, index) => jsonEqual(value, after[index])))
    return undefined;
  return endsWithReturn ? formatted.replaceAll('\n', '\r\n') : formatted;
}
