import { isObject } from '../../../src/core/json.ts';

/** Pairs the recorded digests of config files with the sandbox's own. */
export interface Digests {
  /** The sandbox's digest for a recorded one; the same text where it is unknown. */
  own(recorded: string): string;
  /** Where a file changed that should not have, or did not change that should have. */
  compare(path: string, recorded: unknown, answered: unknown): readonly string[];
}

/** An empty set of pairs. */
export function createDigests(): Digests {
  const known = new Map<string, string>();
  const last = new Map<string, readonly [string, string]>();
  return {
    own: (recorded) => known.get(recorded) ?? recorded,
    compare(path, recorded, answered) {
      const [from, to] = [digestIn(recorded), digestIn(answered)];
      if (from === undefined || to === undefined) return [];
      const before = last.get(path);
      last.set(path, [from, to]);
      known.set(from, to);
      if (before === undefined) return [];
      const [isSame, isSameHere] = [before[0] === from, before[1] === to];
      return isSame === isSameHere ? [] : [`digest: ${isSame ? 'unchanged → changed' : 'changed → unchanged'}`];
    },
  };
}

function digestIn(body: unknown): string | undefined {
  const data = isObject(body) ? body['data'] : undefined;
  const holder = Array.isArray(data) ? data.find((item) => isObject(item) && item['key'] === 'digest') : data;
  if (!isObject(holder)) return undefined;
  const digest = Array.isArray(data) ? holder['value'] : holder['digest'];
  return typeof digest === 'string' ? digest : undefined;
}
