import type { PveReader, ReadOptions } from '../../src/pve/reader.ts';
import { fillPath, queryOf } from '../../src/pve/request.ts';

/** A reader that answers from a function, and remembers what was asked. */
export interface FakeReader extends PveReader {
  /** Path and query of each request so far. */
  readonly asked: readonly string[];
}

/** Makes a reader; `answer` gets the path and query, percent-encoded, and may throw. */
export function createFakeReader(answer: (request: string) => unknown): FakeReader {
  const asked: string[] = [];
  return {
    asked,
    get: async (path: string, options: ReadOptions = {}) => {
      const request = `${fillPath(path, options.path)}${queryOf(options.query)}`;
      asked.push(request);
      return answer(request);
    },
  };
}
