import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { PvevmError } from '../core/error.ts';
import { type FaultRule, readFault } from '../sandbox/index.ts';

/** The rules of a YAML or JSON file of faults. Throws `USAGE` with the line and column of what is wrong. */
export function readFaultsFile(file: string, cwd: string): readonly FaultRule[] {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), 'utf8');
  } catch (cause) {
    throw new PvevmError('USAGE', `cannot read the file of faults ${file}`, { cause });
  }
  const lineCounter = new LineCounter();
  const placeOf = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: false });
  const [document, second] = Array.isArray(parsed) ? parsed : [];
  const [error] = document?.errors ?? [];
  if (error !== undefined) throw new PvevmError('USAGE', `${placeOf(error.pos[0])}: ${error.message}`);
  if (second !== undefined) {
    throw new PvevmError('USAGE', `${placeOf(second.range[0])}: a file of faults is one YAML document`);
  }
  const contents = document?.contents;
  const list = isMap(contents) ? contents.get('faults', true) : contents;
  if (!isSeq(list)) {
    throw new PvevmError('USAGE', `${placeOf(contents?.range?.[0] ?? 0)}: the faults are no list`, {
      hints: ['Write a list of rules, or a map that has one as faults.'],
    });
  }
  return list.items.map((item) => readAt(item as Node, placeOf));
}

/** A rule, and in a map each word by itself first, so that the error has the place of the word. */
function readAt(node: Node, placeOf: (offset: number) => string): FaultRule {
  const pairs = isMap(node) ? node.items.map(({ key }) => key).filter(isScalar) : [];
  const value: unknown = node.toJSON();
  for (const key of pairs) {
    const name = String(key.value);
    const each: unknown = isMap(node) ? node.get(key.value) : undefined;
    at(() => readFault({ [name]: isSeq(each) ? each.toJSON() : each }), placeOf(key.range?.[0] ?? 0));
  }
  return at(() => readFault(value), placeOf(node.range?.[0] ?? 0));
}

function at<Result>(read: () => Result, place: string): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PvevmError)) throw error;
    throw new PvevmError('USAGE', `${place}: ${error.message}`, { hints: error.hints });
  }
}
