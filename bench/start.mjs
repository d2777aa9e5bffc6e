// Whole runs of the built program against an empty one, in turn, so that a busy moment hits both.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './median.mjs';

const RUNS = 25;

function timeOf(args, cwd) {
  const start = process.hrtime.bigint();
  const { status } = spawnSync(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`node ${args.join(' ')} exited with ${status}`);
  return milliseconds;
}

/** `--version` and `validate` of the built program, in milliseconds. */
export function measureStart(root) {
  const folder = mkdtempSync(join(tmpdir(), 'pvevm-bench-'));
  const empty = join(folder, 'empty.mjs');
  const program = join(root, 'dist/bin.js');
  writeFileSync(empty, "console.log('1.0.0');\n");
  const measured = [
    { what: 'pvevm --version', args: [program, '--version'], bound: 1.15 },
    { what: 'pvevm validate examples/vm.yaml', args: [program, 'validate', 'examples/vm.yaml'], bound: 1.6 },
  ];
  try {
    // The first runs fill the caches of the file system, and the compile cache.
    for (const { args } of [{ args: [empty] }, ...measured]) timeOf(args, root);
    return measured.map(({ what, args, bound }) => {
      const pairs = Array.from({ length: RUNS }, () => [timeOf([empty], root), timeOf(args, root)]);
      const [floor, time] = [0, 1].map((index) => median(pairs.map((pair) => pair[index])));
      return { what, measured: time, floor, unit: 'ms', bound };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
