import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { guestIds, titlesOf } from './guests.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/bin.cjs');
const RUNS = ['red', 'green', 'blue'];
const GUESTS = 10;

let harness: Harness;
let folder: string;
beforeEach(async () => {
  harness = await startHarness();
  folder = mkdtempSync(join(tmpdir(), 'pvevm-concurrent-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await harness.close();
});

/** The documents of one run: guests without a disk, whose ids are chosen. */
function documentsOf(run: string): string {
  const guest = (index: number): string => `kind: vm\nname: ${run}-${index}\nha: false\ndisks: {}\n`;
  return Array.from({ length: GUESTS }, (_one, index) => guest(index)).join('---\n');
}

/** Runs the built program, and gives its exit code and all that it said. */
function apply(run: string, documents = documentsOf(run)): Promise<{ readonly code: unknown; readonly said: string }> {
  const file = join(folder, `${run}.yaml`);
  writeFileSync(file, documents);
  const { endpoint, fingerprint, token } = harness.sandbox;
  const access = { PVEVM_ENDPOINT: endpoint, PVEVM_FINGERPRINT: fingerprint, PVEVM_TOKEN: token };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [PROGRAM, 'apply', '--yes', file],
      { cwd: folder, env: { ...access, HOME: folder } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, said: `${stdout}${stderr}` }),
    );
  });
}

// `npm test` builds first.
describe.skipIf(!existsSync(PROGRAM))('the built program', () => {
  it('R-6: three processes that make ten guests each at the same time get thirty ids, and none fails', async () => {
    const ended = await Promise.all(RUNS.map((run) => apply(run)));
    for (const { code, said } of ended) expect(code, said).toBe(0);
    expect(await guestIds(harness)).toHaveLength(RUNS.length * GUESTS);
    expect(harness.sandbox.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
    for (const run of RUNS) {
      const plan = await harness.plan(documentsOf(run));
      expect(plan.resources.map(({ action }) => action)).toEqual(Array.from({ length: GUESTS }, () => 'none'));
      expect(titlesOf(plan)).toEqual([]);
    }
  });

  it('R-2 R-19: processes that apply the same documents make one guest of each, and say nothing that is not so', async () => {
    const guest = (index: number): string => `kind: vm\nname: web-${index}\nnode: pve1\nos: { media: null }\n`;
    const yaml = [1, 2, 3].map(guest).join('---\n');
    const later = async (run: string, index: number) => {
      await new Promise((resolve) => setTimeout(resolve, index * 90));
      return await apply(run, yaml);
    };
    const ended = await Promise.all(RUNS.map(later));
    for (const { code, said } of ended) {
      // Another run may have been faster; what a person is told to remove is nobody's.
      expect([0, 7, 8], said).toContain(code);
      expect(said).not.toMatch(/PVEVM-PVE-ERROR|pvesm free|qm unlock|Not applied: .*[1-9] (?:added|changed)/);
    }
    expect(await guestIds(harness)).toHaveLength(3);
    expect(titlesOf(await harness.plan(yaml))).toEqual([]);
  });
});
