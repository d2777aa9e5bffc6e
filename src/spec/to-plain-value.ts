import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Diagnostic, Range } from '../core/diagnostic.ts';
import type { Json } from '../core/json.ts';
import type { Place } from './document.ts';
import { childPointer } from './pointer.ts';
import type { Ranges } from './ranges.ts';

/** A value without YAML's machinery, and the place of each of its parts by JSON pointer. */
export interface PlainValue {
  readonly value: Json;
  readonly places: ReadonlyMap<string, Place>;
}

/** An error of a document's text. */
export function syntaxProblem(summary: string, detail: string, range: Range): Diagnostic {
  return { severity: 'error', code: 'SPEC_SYNTAX', summary, detail, range };
}

const REFUSED_KEYS: Readonly<Record<string, string>> = {
  '<<': 'Merge keys are not part of the spec language. Put what documents share into pvevm.yaml, under defaults.',
  ['__proto__']: 'No document has such a key.',
};

function rangeOf(node: Node, ranges: Ranges): Range {
  const [start = 0, end = 0] = node.range ?? [];
  return ranges.at(start, end);
}

/** Makes a plain value of a YAML node; what a spec must not hold is added to `problems`. */
export function toPlainValue(root: Node, ranges: Ranges, problems: Diagnostic[]): PlainValue {
  const places = new Map<string, Place>();
  let anchored = false;

  const refuse = (summary: string, detail: string, range: Range): null => {
    problems.push(syntaxProblem(summary, detail, range));
    return null;
  };
  const refuseAnchor = (node: Node): null => {
    // One is enough: a bomb has thousands.
    if (anchored) return null;
    anchored = true;
    const detail =
      'Anchors (&name) and aliases (*name) are not part of the spec language. Put what documents share into pvevm.yaml, under defaults; a text that begins with & or * wants quotes.';
    return refuse('anchor or alias', detail, rangeOf(node, ranges));
  };

  const readNumber = (value: number, node: Node): Json => {
    if (!Number.isFinite(value))
      return refuse('no number', 'Only finite numbers have a meaning here.', rangeOf(node, ranges));
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      return refuse(
        'number too large',
        'Integers beyond 2^53 lose digits. Write it in quotes where it is meant as text.',
        rangeOf(node, ranges),
      );
    }
    return value;
  };

  const readKey = (node: Node, range: Range, seen: Map<string, Range>): string | undefined => {
    if (isAlias(node) || (isScalar(node) && node.anchor !== undefined)) {
      refuseAnchor(node);
      return undefined;
    }
    if (!isScalar(node) || node.value === null) {
      refuse(
        'key is no text',
        'A key is plain text, followed by a colon. Quote a value that begins with { or [.',
        range,
      );
      return undefined;
    }
    const key = typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    const refused = Object.hasOwn(REFUSED_KEYS, key) ? REFUSED_KEYS[key] : undefined;
    if (refused !== undefined) {
      refuse('key not allowed', refused, range);
      return undefined;
    }
    const first = seen.get(key);
    if (first !== undefined) {
      refuse(
        'duplicate key',
        `${JSON.stringify(key)} stands in this map already, on line ${first.line}. Remove one of the two.`,
        range,
      );
      return undefined;
    }
    seen.set(key, range);
    return key;
  };

  const readMap = (map: YAMLMap, pointer: string): Json => {
    const result: Record<string, Json> = {};
    const seen = new Map<string, Range>();
    for (const pair of map.items as readonly Pair[]) {
      const keyRange = rangeOf(pair.key as Node, ranges);
      const key = readKey(pair.key as Node, keyRange, seen);
      if (key === undefined) continue;
      const at = childPointer(pointer, key);
      const node = pair.value as Node | null;
      places.set(at, { key: keyRange, value: node === null ? keyRange : rangeOf(node, ranges) });
      result[key] = node === null ? null : readNode(node, at);
    }
    return result;
  };

  const readNode = (node: Node, pointer: string): Json => {
    if (isAlias(node) || node.anchor !== undefined) return refuseAnchor(node);
    if (isMap(node)) return readMap(node, pointer);
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const at = childPointer(pointer, index);
        places.set(at, { value: rangeOf(item as Node, ranges) });
        return readNode(item as Node, at);
      });
    }
    const { value } = node as { readonly value?: unknown };
    if (typeof value === 'number') return readNumber(value, node);
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    return null;
  };

  return { value: readNode(root, ''), places };
}
