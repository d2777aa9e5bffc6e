import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiFacts } from '../../../src/pve/facts/facts.ts';
import { isComparable, pathBelowApi, type Replayed } from './report.ts';

/** How many exchanges agree, of how many that were compared. */
export type Agreement = readonly [agreed: number, compared: number];

/** By version, by endpoint (`GET /version`): what the ledger of the sandbox is made from. */
export type Results = Readonly<Record<string, Readonly<Record<string, Agreement>>>>;

const PATH = join(import.meta.dirname, 'results.json');

/** The results that are committed. */
export function committedResults(): Results {
  return JSON.parse(readFileSync(PATH, 'utf8')) as Results;
}

/** Commits results. */
export function writeResults(results: Results): void {
  const versions = Object.entries(results).map(([version, endpoints]) => {
    const lines = Object.keys(endpoints)
      .sort()
      .map((name) => `    ${JSON.stringify(name)}: [${endpoints[name]?.join(', ')}]`);
    return `  ${JSON.stringify(version)}: {\n${lines.join(',\n')}\n  }`;
  });
  writeFileSync(PATH, `{\n${versions.join(',\n')}\n}\n`);
}

/** What the replay of a version says of each endpoint. */
export function agreementsOf(facts: ApiFacts, replayed: readonly Replayed[]): Readonly<Record<string, Agreement>> {
  const found = new Map<string, [number, number]>();
  for (const one of replayed) {
    const { exchange, outcome, listed } = one;
    const isCounted = isComparable(one) && listed?.isRecorders !== true;
    const name = isCounted ? endpointName(facts, exchange.method, pathBelowApi(exchange)) : undefined;
    if (name === undefined) continue;
    const [agreed, compared] = found.get(name) ?? [0, 0];
    found.set(name, [agreed + (outcome.differences.length === 0 ? 1 : 0), compared + 1]);
  }
  return Object.fromEntries(found);
}

function endpointName(facts: ApiFacts, method: string, path: string): string | undefined {
  const segments = path.split('/').filter((segment) => segment !== '');
  const found = facts.endpoints
    .filter((fact) => fact.method === method)
    .map((fact) => ({ fact, pattern: fact.path.split('/').filter((segment) => segment !== '') }))
    .filter(({ pattern }) => isMatch(pattern, segments))
    .sort((left, right) => wildcards(left.pattern) - wildcards(right.pattern))[0];
  return found === undefined ? undefined : `${method} ${found.fact.path}`;
}

/** The id of a volume may hold slashes; it stands last. */
function isMatch(pattern: readonly string[], segments: readonly string[]): boolean {
  const isVolume = pattern.at(-1) === '{volume}';
  if (isVolume ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every((segment, index) => segment.startsWith('{') || segment === segments[index]);
}

function wildcards(pattern: readonly string[]): number {
  return pattern.filter((segment) => segment.startsWith('{')).length;
}
