import { CST, Parser } from 'yaml';

type Item = CST.BlockMap['items'][number] | CST.BlockSequence['items'][number];
type Mark = CST.SourceToken;

const isComment = ({ type }: Mark): boolean => type === 'comment';

function mark(type: Mark['type'], source: string, indent: number): Mark {
  return { type, source, indent, offset: -1 };
}

/** A comment on a line of its own, and what brings the next token to a column. */
function commentLines(comments: readonly Mark[], column: number): readonly Mark[] {
  const start = mark('space', ' '.repeat(column), column);
  return comments.flatMap((comment) => [comment, mark('newline', '\n', column), start]);
}

function isBlockCollection(token: CST.Token | null | undefined): token is CST.BlockMap | CST.BlockSequence {
  return token?.type === 'block-map' || token?.type === 'block-seq';
}

/** Whether a key can stand before its colon on one line. */
function isSimpleKey(key: CST.Token | null | undefined): key is CST.FlowScalar {
  return (
    (key?.type === 'scalar' || key?.type === 'single-quoted-scalar' || key?.type === 'double-quoted-scalar') &&
    !key.source.includes('\n')
  );
}

/** Writes `? key` and `: value` as `key: value`; a pair for which that is impossible stays as it is. */
function compactPair(item: CST.BlockMap['items'][number], indent: number): void {
  const { start, key, value } = item;
  const at = start.findIndex(({ type }) => type === 'explicit-key-ind');
  const behind = start.slice(at + 1);
  if (at === -1 || !isSimpleKey(key) || behind.some(({ type }) => type === 'tag')) return;
  const above = [...start.slice(0, at), ...commentLines(behind.filter(isComment), indent)];
  const between = [...(key.end ?? []), ...(item.sep ?? [])];
  const comments = between.filter(isComment);
  const tags = between.filter(({ type }) => type === 'tag');
  // With neither a colon nor a value, what follows the key already ends the pair.
  if (!between.some(({ type }) => type === 'map-value-ind')) {
    item.start = above;
    item.sep = [mark('map-value-ind', ':', indent), ...between];
    delete key.end;
    return;
  }
  const column = isBlockCollection(value) ? value.indent : indent + 2;
  const sep = [mark('map-value-ind', ':', indent)];
  const space = mark('space', ' ', indent);
  for (const tag of tags) sep.push(space, tag);
  if (value === null || value === undefined) {
    // What stands behind the colon is the end of the pair.
    const colon = between.findIndex(({ type }) => type === 'map-value-ind');
    const rest = between.slice(colon + 1).filter(({ type }) => type !== 'tag');
    if (comments.length > rest.filter(isComment).length) return;
    sep.push(...rest);
  } else if (comments.length > 0) sep.push(space, ...commentLines(comments, column));
  else if (isBlockCollection(value))
    sep.push(mark('newline', '\n', indent), mark('space', ' '.repeat(value.indent), indent));
  else sep.push(space);
  item.start = above;
  delete key.end;
  item.sep = sep;
}

/** Brings an entry of a list up to its dash; comments between the two go above it. */
function compactEntry(item: CST.BlockSequence['items'][number], indent: number): void {
  const { start, value } = item;
  const dash = start.findIndex(({ type }) => type === 'seq-item-ind');
  const behind = start.slice(dash + 1);
  if (value === undefined || !behind.some(({ type }) => type === 'newline')) return;
  if (behind.some(({ type }) => type === 'tag')) return;
  const width = isBlockCollection(value) ? Math.max(1, value.indent - indent - 1) : 1;
  item.start = [
    ...start.slice(0, dash),
    ...commentLines(behind.filter(isComment), indent),
    mark('seq-item-ind', '-', indent),
    mark('space', ' '.repeat(width), indent),
  ];
}

/** Brings comments between a dash and the first key of its map above the dash: beside it there is room for the key alone. */
function raiseComments(item: CST.BlockSequence['items'][number], indent: number): void {
  const first = item.value?.type === 'block-map' ? item.value.items[0] : undefined;
  const comments = first?.start.filter(isComment) ?? [];
  const dash = item.start.findIndex(({ type }) => type === 'seq-item-ind');
  if (first === undefined || comments.length === 0 || dash < 0) return;
  item.start.splice(dash, 0, ...commentLines(comments, indent));
  first.start = first.start.filter(({ type }) => type === 'tag' || type === 'anchor');
}

function compact(token: CST.Token | null | undefined): void {
  if (!isBlockCollection(token)) return;
  for (const item of token.items as readonly Item[]) {
    if (token.type === 'block-map') compactPair(item as CST.BlockMap['items'][number], token.indent);
    else compactEntry(item as CST.BlockSequence['items'][number], token.indent);
    compact(item.value);
    if (token.type === 'block-seq') raiseComments(item as CST.BlockSequence['items'][number], token.indent);
  }
}

/**
 * A YAML text with its keys before their colons where `? key` was written, and the entries of its lists beside their
 * dashes. A text of which that cannot be said comes back as it is. The text must parse.
 */
export function compactTokens(text: string): string {
  const tokens = [...new Parser().parse(text)];
  const write = (): string => tokens.map((token) => CST.stringify(token)).join('');
  if (write() !== text) return text;
  for (const token of tokens) if (token.type === 'document') compact(token.value);
  return write();
}
