import { type CST, Lexer, Parser } from 'yaml';

/** The deepest nesting of maps and lists. */
export const MAX_DEPTH = 64;
/** The most parts (keys, values, indents, marks) of one file: reading them takes about 3 s and 500 MB. */
export const MAX_PARTS = 1_000_000;

/** Why reading a text ended early, and at which offset. */
export interface EarlyEnd {
  readonly reason: 'depth' | 'parts' | 'directive';
  readonly offset: number;
}

function isCollection(token: CST.Token | undefined): boolean {
  return token?.type === 'block-map' || token?.type === 'block-seq' || token?.type === 'flow-collection';
}

/**
 * The tokens of a YAML text. Ends early, and says so through `onEarlyEnd`, at a directive, and where a bound is broken:
 * the parser would take time and memory without end, or overflow the stack.
 */
export function* boundedTokens(text: string, onEarlyEnd: (end: EarlyEnd) => void): Generator<CST.Token> {
  const parser = new Parser();
  let parts = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive') return onEarlyEnd({ reason: 'directive', offset: token.offset });
      yield token;
    }
    parts += 1;
    // The stack holds the document, the maps and lists that are open, and perhaps the scalar being read.
    const open = parser.stack.length - (isCollection(parser.stack.at(-1)) ? 1 : 2);
    if (open > MAX_DEPTH) return onEarlyEnd({ reason: 'depth', offset: parser.offset });
    if (parts > MAX_PARTS) return onEarlyEnd({ reason: 'parts', offset: parser.offset });
  }
  yield* parser.end();
}
