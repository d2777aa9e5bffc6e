// Replays the recordings of the real API against the sandbox: all, or one of them (`npm run test:recordings -- 9.2/12`).
// With --write, what came of all of them is written to tests/sandbox/recordings/results.json.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const words = process.argv.slice(2);
const recording = words.find((word) => !word.startsWith('-')) ?? '';
if (process.env.PVEVM_RECORDINGS === undefined) {
  console.error('test:recordings: nothing to do; PVEVM_RECORDINGS names no folder');
}
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'tests/sandbox/recordings'],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PVEVM_RECORDING: recording,
      ...(words.includes('--write') ? { PVEVM_WRITE_RESULTS: '1' } : {}),
    },
  },
);
process.exitCode = status ?? 1;
