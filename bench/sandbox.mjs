// The sandbox with 2,000 guests against fixed bounds: a start in 500 ms, a list of all resources in 50 ms, 200 MB.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.mjs';
import { median } from './median.mjs';

const START_MS = 500;
const RESOURCES_MS = 50;
const MEMORY_MB = 200;
const RUNS = 3;

function run(file, state) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, state], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the sandbox of the benchmark failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** Start, answer and memory of a sandbox with 2,000 guests. */
export async function measureSandbox(root) {
  const folder = mkdtempSync(join(root, 'node_modules/.bench-'));
  try {
    const file = await bundle(root, 'bench/sandbox-harness.mjs', folder);
    const state = join(folder, 'state');
    // The first start writes the world's files; the bound is for a folder that is there.
    run(file, state);
    const runs = Array.from({ length: RUNS }, () => run(file, state));
    const pick = (value) => median(runs.map(value));
    const row = (what, measured, floor, unit) => ({ what, measured, floor, unit, bound: 1 });
    return [
      row(
        'sandbox of 2,000 guests: start',
        pick(({ started }) => started),
        START_MS,
        'ms',
      ),
      row(
        'its /cluster/resources',
        pick(({ times }) => median(times)),
        RESOURCES_MS,
        'ms',
      ),
      row(
        'its memory',
        pick(({ memory }) => memory / 1e6),
        MEMORY_MB,
        'MB',
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
