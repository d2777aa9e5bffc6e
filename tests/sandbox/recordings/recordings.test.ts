import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { loadFacts } from '../../../src/pve/facts/load-facts.ts';
import { recordingsOf } from './exchange.ts';
import { replayChain } from './replay-chain.ts';
import { holdsBound, type Replayed, type Tally, tallyLine } from './report.ts';
import { type Agreement, agreementsOf, committedResults, writeResults } from './results.ts';
import { BOUNDS, chainsOf } from './scope.ts';

const folder = process.env['PVEVM_RECORDINGS'] ?? '';
const isHere = existsSync(folder);
/** As in `9.2/12`: only that recording is judged, after those before it. */
const wanted = process.env['PVEVM_RECORDING'] ?? '';
const mayWrite = process.env['PVEVM_WRITE_RESULTS'] === '1';
const VERSIONS = ['9.2', '8.4'] as const;
const TIMEOUT_MS = 300_000;

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** The recordings that have to be replayed for the one that is wanted. */
function upTo(names: readonly string[], version: string): readonly string[] {
  const last = names.findLastIndex((name) => `${version}/${name}`.startsWith(wanted));
  return names.slice(0, last + 1);
}

// The recordings are not part of the project: without PVEVM_RECORDINGS, which names their folder, these tests are skipped.
describe.skipIf(!isHere)('recordings of the real API, which are skipped without PVEVM_RECORDINGS:', () => {
  const all: Tally[] = [];
  const byVersion = new Map<string, Replayed[]>(VERSIONS.map((version) => [version, []]));

  afterAll(() => {
    for (const tally of all) print(tallyLine(tally));
    const sum = (key: 'agreed' | 'compared'): number => all.reduce((total, tally) => total + tally[key], 0);
    print(tallyLine({ recording: 'in all', agreed: sum('agreed'), compared: sum('compared') }));
  });

  const isWanted = (version: string): boolean => wanted === '' || wanted.split('/')[0] === version;
  describe.each(VERSIONS.filter(isWanted))('the sandbox answers as Proxmox VE %s did', (version) => {
    const chains = chainsOf(isHere ? recordingsOf(folder, version) : [])
      .map((names) => upTo(names, version))
      .filter((names) => names.length > 0);
    it.each(chains.map((names) => ({ first: names[0], names })))(
      'in $first and what follows it',
      async ({ names }) => {
        const { tallies, replayed } = await replayChain(folder, version, names);
        byVersion.get(version)?.push(...replayed);
        const judged = tallies.filter(({ recording }) => recording.startsWith(wanted));
        all.push(...judged);
        const bound = judged.filter(({ recording }) => wanted !== '' || recording.slice(4, 6) in BOUNDS);
        const problems = bound.flatMap((tally) => tally.problems);
        if (problems.length > 0) print(problems.join('\n'));
        expect(problems.map((problem) => problem.split('  ')[0])).toEqual([]);
        expect(bound.filter((tally) => !holdsBound(tally)).map(tallyLine)).toEqual([]);
      },
      TIMEOUT_MS,
    );
  });

  // What one recording gives is not what all of them do.
  it.skipIf(wanted !== '')('results.json holds what came of it (npm run test:recordings -- --write)', async () => {
    const results: Record<string, Readonly<Record<string, Agreement>>> = {};
    for (const [version, replayed] of byVersion) {
      results[version] = agreementsOf(await loadFacts(version as (typeof VERSIONS)[number]), replayed);
    }
    if (mayWrite) writeResults(results);
    expect(results).toEqual(committedResults());
  });
});
