import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isObject, type Json } from '../../src/core/json.ts';
import type { EndpointFact } from '../../src/pve/facts/facts.ts';
import { loadFacts } from '../../src/pve/facts/load-facts.ts';
import { compileSnippet } from './compile-snippet.ts';

/** What is read here of a recorded exchange. */
interface Exchange {
  readonly method: EndpointFact['method'];
  readonly path: string;
  readonly status: number;
  readonly response?: unknown;
}

const FOLDER = process.env['PVEVM_RECORDINGS'];

function answered(version: string): readonly Exchange[] {
  const folder = join(FOLDER ?? '', version);
  return (
    readdirSync(folder)
      .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
      .filter((line) => line !== '')
      // The recorder wrote each line in this shape; the test fails where it is another.
      .map((line) => JSON.parse(line) as Exchange)
      .filter(({ status, path, response }) => status === 200 && path.startsWith('/api2/json') && isObject(response))
  );
}

/** The endpoint that answered: of those whose path fits, the one with the fewest placeholders. */
function createLookup(endpoints: readonly EndpointFact[]): (exchange: Exchange) => string | undefined {
  const placeholders = ({ path }: EndpointFact): number => path.split('{').length;
  const patterns = endpoints
    .toSorted((one, other) => placeholders(one) - placeholders(other))
    .map(({ method, path }) => {
      const source = path.replace('{volume}', '.+').replace(/\{[^}]+\}/g, '[^/]+');
      return { method, path, pattern: new RegExp(`^${source}$`) };
    });
  return ({ method, path }) => {
    const [plain = ''] = path.slice('/api2/json'.length).split('?');
    const asked = plain.replace(/\/$/, '');
    return patterns.find((one) => one.method === method && one.pattern.test(asked))?.path;
  };
}

/** A value with its texts and numbers made alike, as far as a type does not tell them apart. */
function shapeOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: Json) => (typeof part === 'number' && part > 1 ? 2 : part));
}

// The recordings are not part of the project: without PVEVM_RECORDINGS, which names their folder, these tests are skipped.
describe.skipIf(FOLDER === undefined)('the types of answers, which are skipped without PVEVM_RECORDINGS,', async () => {
  const { endpoints } = await loadFacts('9.2');

  // A compiler runs.
  it('fit every recorded answer of 9.2', { timeout: 60_000 }, () => {
    const lookup = createLookup(endpoints);
    const constants = new Map<string, string>();
    for (const exchange of answered('9.2')) {
      const path = lookup(exchange);
      const data = isObject(exchange.response) ? exchange.response['data'] : undefined;
      // The root's list of its folders is not in the facts.
      if (path === undefined) continue;
      const { method } = exchange;
      const type = `${method[0]}${method.slice(1).toLowerCase()}Result<'${path}'>`;
      constants.set(`${type} ${shapeOf(data)}`, `: ${type} = ${JSON.stringify(data)};`);
    }
    expect(constants.size).toBeGreaterThan(1000);
    const lines = [...constants.values()].map((text, index) => `export const answer${index}${text}`);
    const head = "import type { DeleteResult, GetResult, PostResult, PutResult } from '../../src/pve/api.ts';";
    const complaints = compileSnippet([head, ...lines].join('\n'));
    expect(complaints.map(({ line, message }) => `${lines[line - 2]?.split(' = ')[0]}: ${message}`)).toEqual([]);
  });
});
