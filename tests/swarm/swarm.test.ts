import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { registry } from '../../src/registry/registry.ts';
import { addOthers } from '../faults/scenarios.ts';
import { type Prepared, prepareWorld } from '../faults/world.ts';
import { createTally, type Tally } from '../requirements/tally.ts';
import { runSeed, type SeedResult } from './run-seed.ts';

const LONG_MS = 24 * 3_600_000;
const ONLY = process.env['PVEVM_SWARM_SEED'];
const isLong = (process.env['PVEVM_TEST_LONG'] ?? '') !== '';
const COUNT = Number(process.env['PVEVM_SWARM_SEEDS'] ?? (isLong ? 500 : 20));
const FIRST = Number(process.env['PVEVM_SWARM_FROM'] ?? 1);

// The program's own chance, by which a guest with a written smbios1 gets its uuid.
const uuids = vi.hoisted(() => ({ count: 0 }));
vi.mock('node:crypto', async (original) => ({
  ...(await original<typeof import('node:crypto')>()),
  randomUUID() {
    uuids.count += 1;
    return `00000000-0000-4000-8000-${String(uuids.count).padStart(12, '0')}`;
  },
}));

let prepared: Prepared;
beforeAll(async () => {
  // What is loaded late comes at a time that no seed says.
  await registry['vm']?.();
  prepared = await prepareWorld(addOthers);
  // The first seed of a process loads what the later ones find loaded, and so goes another way than they do.
  await play(1, createTally());
});
afterAll(() => prepared.close());

function play(seed: number, tally: Tally): Promise<SeedResult> {
  uuids.count = 0;
  return runSeed(prepared, seed, tally);
}

it(
  'R-2 R-3 R-6 R-19 R-22 R-23 R-37: pipelines that are killed, a bad network and a person at work leave what a quiet run brings to its end',
  async () => {
    const tally = createTally();
    const seeds = ONLY === undefined ? Array.from({ length: COUNT }, (_, index) => FIRST + index) : [Number(ONLY)];
    const failures: string[] = [];
    for (const seed of seeds) {
      const { wrong, trace } = await play(seed, tally);
      if (ONLY !== undefined) process.stdout.write(`${trace.join('\n')}\n`);
      if (wrong.length === 0) continue;
      const failure = `PVEVM_SWARM_SEED=${seed}\n    ${wrong.join('\n    ')}`;
      // At once, since all of them take long.
      if (seeds.length > 20) process.stdout.write(`${failure}\n`);
      failures.push(failure);
    }
    tally.print(`swarm: ${seeds.length} seeds`);
    expect(failures.join('\n')).toBe('');
  },
  LONG_MS,
);

it('a seed gives the same trace each time', async () => {
  for (const seed of [3, 5]) {
    const first = await play(seed, createTally());
    const second = await play(seed, createTally());
    expect(first.trace.length).toBeGreaterThan(20);
    expect(second.trace).toEqual(first.trace);
  }
});
