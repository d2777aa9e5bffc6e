import { isMap, isSeq, type Node, type Pair } from 'yaml';
import { type FormatSource, keyTextOf, orderPairs, spanOf } from './format-source.ts';

/** One entry of a flow collection: where it stands, and its text once it is formatted. */
interface Entry {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The tag of the value at an offset, which is no part of its span. */
function tagBefore(offset: number, { text }: FormatSource): string {
  return /(?:^|[\s[,:])(!\S* +)$/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset))?.[1] ?? '';
}

function entryOf(pair: Pair, path: readonly string[], source: FormatSource): Entry | undefined {
  const key = spanOf(pair.key);
  const value = spanOf(pair.value);
  if (key === undefined) return undefined;
  const [start, keyEnd] = key;
  const before = source.text.slice(start, keyEnd);
  if (value === undefined) {
    // `{ a }` and `{ a: }` mean the same.
    return { start, end: keyEnd, text: before };
  }
  const [valueStart, end] = value;
  const between = source.text.slice(keyEnd, valueStart);
  const shown = between.includes('\n') ? between : `: ${tagBefore(valueStart, source)}`;
  return { start, end, text: `${before}${shown}${formatFlow(pair.value as Node, [...path, keyTextOf(pair)], source)}` };
}

function entriesOf(node: Node, path: readonly string[], source: FormatSource): readonly Entry[] | undefined {
  if (isMap(node)) {
    const entries = node.items.map((pair) => entryOf(pair as Pair, path, source));
    return entries.every((entry) => entry !== undefined) ? (entries as readonly Entry[]) : undefined;
  }
  if (!isSeq(node)) return undefined;
  const entries: Entry[] = [];
  for (const [index, item] of node.items.entries()) {
    const span = spanOf(item);
    if (span === undefined) return undefined;
    const tag = tagBefore(span[0], source);
    entries.push({
      start: span[0] - tag.length,
      end: span[1],
      text: tag + formatFlow(item as Node, [...path, String(index)], source),
    });
  }
  return entries;
}

function inOrder(
  node: Node,
  entries: readonly Entry[],
  path: readonly string[],
  source: FormatSource,
): readonly Entry[] {
  if (!isMap(node)) return entries;
  const pairs = node.items as readonly Pair[];
  return orderPairs(pairs, path, source).flatMap((pair) => entries[pairs.indexOf(pair)] ?? []);
}

/**
 * A scalar as it is written, or a flow collection with its keys in order and its brackets spaced. One over several lines
 * keeps its lines; one that holds comments stays as it is.
 */
export function formatFlow(node: Node, path: readonly string[], source: FormatSource): string {
  const [start, end] = spanOf(node) ?? [0, 0];
  const text = source.text.slice(start, end);
  const [open = '', close = ''] = [text[0], text.at(-1)];
  if (!(isMap(node) && open === '{' && close === '}') && !(isSeq(node) && open === '[' && close === ']')) return text;
  const entries = entriesOf(node, path, source);
  if (entries === undefined) return text;
  const ordered = inOrder(node, entries, path, source);
  if (!text.includes('\n')) {
    const inner = ordered.map((entry) => entry.text).join(', ');
    return inner === '' || open === '[' ? `${open}${inner}${close}` : `{ ${inner} }`;
  }
  if (/(^|\s)#/.test(text)) return text;
  let result = '';
  let at = start;
  for (const [index, slot] of entries.entries()) {
    result += source.text.slice(at, slot.start) + (ordered[index]?.text ?? '');
    at = slot.end;
  }
  return result + source.text.slice(at, end);
}
