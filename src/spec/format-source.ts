import { isScalar, type Node, type Pair } from 'yaml';

/** A text with its lines, and the order in which the keys of a map belong. */
export interface FormatSource {
  readonly text: string;
  readonly lines: readonly string[];
  /** The index of the line that holds an offset. */
  lineOf(offset: number): number;
  /** The column of an offset; columns count from 0. */
  columnOf(offset: number): number;
  /** The offset at which a line ends. */
  endOf(line: number): number;
  /** The keys of the map at a path, in their order. */
  order(path: readonly string[], keys: readonly string[]): readonly string[];
}

/** Makes the source of a text whose lines end with `\n`. */
export function createFormatSource(text: string, order: FormatSource['order']): FormatSource {
  const lines = text.split('\n');
  const starts: number[] = [];
  let start = 0;
  for (const line of lines) {
    starts.push(start);
    start += line.length + 1;
  }
  const lineOf = (offset: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    text,
    lines,
    lineOf,
    columnOf: (offset) => offset - (starts[lineOf(offset)] ?? 0),
    endOf: (line) => (starts[line] ?? text.length) + (lines[line] ?? '').length,
    order,
  };
}

/** Where a node's own text begins and ends; nothing where it has none. */
export function spanOf(node: unknown): readonly [start: number, end: number] | undefined {
  const range = (node as Node | null | undefined)?.range;
  return range === null || range === undefined || range[0] === range[1] ? undefined : [range[0], range[1]];
}

/** The key of a pair as a schema knows it. */
export function keyTextOf(pair: Pair): string {
  const { key } = pair;
  return isScalar(key) ? String(key.value) : '';
}

/** The pairs of a map in the order in which its keys belong. */
export function orderPairs(pairs: readonly Pair[], path: readonly string[], source: FormatSource): readonly Pair[] {
  const byKey = new Map(pairs.map((pair) => [keyTextOf(pair), pair]));
  return source.order(path, [...byKey.keys()]).flatMap((key) => byKey.get(key) ?? []);
}
