import { isCollection, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import { PvevmError } from '../core/error.ts';
import { formatFlow } from './format-flow.ts';
import { type FormatSource, keyTextOf, orderPairs, spanOf } from './format-source.ts';

/** A pair or an entry of a list, with the comments and blank lines above it. */
interface Item {
  readonly leading: readonly string[];
  readonly lines: readonly string[];
}

/** What stands where in the source: one pair or entry, from its first line to the one after its last. */
interface Place {
  readonly start: number;
  readonly node: Node | null;
  readonly path: readonly string[];
  readonly head: number;
  readonly bodyEnd: number;
}

const INDENT = 2;
const isBlank = (line: string): boolean => line.trim() === '';
const depthOf = (line: string): number => line.length - line.trimStart().length;
const isBlock = (node: unknown): node is YAMLMap | YAMLSeq => isCollection(node) && node.flow !== true;

/** For a text that cannot be taken apart by lines, as one with an entry that is empty. */
function notByLines(): PvevmError {
  return new PvevmError('SPEC_SYNTAX', 'cannot format the document by lines');
}

/** The line after the last one that a node takes; blank lines after a block scalar belong to it only with `+`. */
function endLine(node: unknown, start: number, source: FormatSource): number {
  const [begin, end] = spanOf(node) ?? [start, start + 1];
  let line = source.lineOf(Math.max(begin, end - 1));
  const keeps = isScalar(node) && /^[|>]\d?\+/.test(source.text.slice(begin, begin + 3));
  while (!keeps && line > source.lineOf(start) && isBlank(source.lines[line] ?? '')) line -= 1;
  return line + 1;
}

/** The line after the last one of a value that may hold block collections. */
function lastLine(node: unknown, start: number, source: FormatSource): number {
  if (!isBlock(node)) return endLine(node, start, source);
  const last: unknown = node.items.at(-1);
  const value = isMap(node) ? (last as Pair).value : last;
  const begin = isMap(node) ? (spanOf((last as Pair).key)?.[0] ?? start) : start;
  return lastLine(spanOf(value) === undefined ? undefined : value, spanOf(value)?.[0] ?? begin, source);
}

function placesOf(node: YAMLMap | YAMLSeq, path: readonly string[], source: FormatSource): readonly Place[] {
  if (isMap(node)) {
    return (node.items as readonly Pair[]).map((pair) => {
      const start = spanOf(pair.key)?.[0];
      if (start === undefined) throw notByLines();
      const value = spanOf(pair.value) === undefined ? null : (pair.value as Node);
      const bodyEnd = Math.max(source.lineOf(start) + 1, lastLine(value ?? undefined, start, source));
      return { start, node: value, path: [...path, keyTextOf(pair)], head: source.lineOf(start), bodyEnd };
    });
  }
  return node.items.map((item, index) => {
    const span = spanOf(item);
    if (span === undefined) throw notByLines();
    const head = source.lineOf(span[0]);
    const before = (source.lines[head] ?? '').slice(0, source.columnOf(span[0]));
    const outer = /^( *(?:- +)*)- +(?:!\S* +)?$/.exec(before)?.[1];
    // A tag above a map.
    if (outer === undefined) throw notByLines();
    const start = span[0] - before.length + outer.length;
    return {
      start,
      node: item as Node,
      path: [...path, String(index)],
      head,
      bodyEnd: lastLine(item, span[0], source),
    };
  });
}

/** Lines moved from one column to another; the first begins at its place already. */
function shift(lines: readonly string[], from: number, to: number): readonly string[] {
  return lines.map((line, index) => {
    if (index === 0) return `${' '.repeat(to)}${line}`;
    if (line === '') return line;
    return `${' '.repeat(Math.max(0, depthOf(line) - from) + to)}${line.trimStart()}`;
  });
}

function trivia(from: number, to: number, indent: number, source: FormatSource): readonly string[] {
  return source.lines
    .slice(from, Math.max(from, to))
    .map((line) => (isBlank(line) ? '' : `${' '.repeat(indent)}${line.trim()}`));
}

/** The lines of one pair or entry, without what stands above it; `end` is the line after the comments below it. */
function formatBody(
  place: Place,
  isEntry: boolean,
  end: number,
  indent: number,
  source: FormatSource,
): readonly string[] {
  const { start, node, head, bodyEnd, path } = place;
  const column = source.columnOf(start);
  if (isBlock(node)) {
    if (isEntry) {
      const [above, [first = '', ...rest]] = formatItems(node, path, head, end, indent + INDENT, source);
      return [...above.map((line) => line.slice(INDENT)), `${' '.repeat(indent)}- ${first.trimStart()}`, ...rest];
    }
    const [above, lines] = formatItems(node, path, head + 1, end, indent + INDENT, source);
    return [`${' '.repeat(indent)}${(source.lines[head] ?? '').slice(column).trimEnd()}`, ...above, ...lines];
  }
  const last = source.endOf(bodyEnd - 1);
  const [valueStart, valueEnd] = spanOf(node) ?? [start, start];
  const text = isCollection(node)
    ? source.text.slice(start, valueStart) + formatFlow(node, path, source) + source.text.slice(valueEnd, last)
    : source.text.slice(start, last);
  const lines = (isEntry ? text.replace(/^- +/, '- ') : text).split('\n');
  const body = lines.length === 1 ? lines.map((line) => line.trimEnd()) : lines;
  return [...shift(body, column, indent), ...trivia(bodyEnd, end, indent + INDENT, source)];
}

/**
 * A block collection from a line to another, at a column: the comments above its first item, and its lines. Keys come in
 * their order, each with the comments and blank lines above it; comments that stand deeper than the next key belong to
 * what is above them.
 */
function formatItems(
  node: YAMLMap | YAMLSeq,
  path: readonly string[],
  from: number,
  end: number,
  indent: number,
  source: FormatSource,
): readonly [above: readonly string[], lines: readonly string[]] {
  const places = placesOf(node, path, source);
  const column = source.columnOf(places[0]?.start ?? 0);
  const items = new Map<string, Item>();
  let above = from;
  for (const [index, place] of places.entries()) {
    const prefix = (source.lines[place.head] ?? '').slice(0, source.columnOf(place.start));
    if (!isBlank(prefix) && !(index === 0 && /^ *(- +)+$/.test(prefix))) throw notByLines();
    const next = places[index + 1]?.head ?? end;
    let bodyEnd = place.bodyEnd;
    for (let line = place.bodyEnd; line < next; line += 1) {
      const text = source.lines[line] ?? '';
      if (!isBlank(text) && depthOf(text) > column) bodyEnd = line + 1;
    }
    const lines = formatBody(place, isSeq(node), bodyEnd, indent, source);
    items.set(place.path.at(-1) ?? '', { leading: trivia(above, place.head, indent, source), lines });
    above = bodyEnd;
  }
  const order = isMap(node)
    ? orderPairs(node.items as readonly Pair[], path, source).map(keyTextOf)
    : [...items.keys()];
  const [first, ...rest] = order.flatMap((key) => items.get(key) ?? []);
  const lead = first?.leading ?? [];
  const text = lead.findIndex((line) => line !== '');
  return [
    text === -1 ? [] : lead.slice(text),
    [
      ...(first?.lines ?? []),
      ...rest.flatMap(({ leading, lines }) => [...leading, ...lines]),
      ...trivia(above, end, indent, source),
    ],
  ];
}

/**
 * The lines of a document whose contents are a block collection, from its first key to a line. What stands above the
 * first key is left to the caller: it speaks of the document as a whole. Throws `SPEC_SYNTAX` for a text
 * that cannot be taken apart by lines.
 */
export function formatBlock(node: YAMLMap | YAMLSeq, end: number, source: FormatSource): readonly string[] {
  const first = source.lineOf(spanOf(node)?.[0] ?? 0);
  const [above, lines] = formatItems(node, [], first, end, 0, source);
  return [...above, ...lines];
}
