// Whole runs of the built program against an empty one, in turn, so that a busy moment hits both.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './median.mjs';

const PAIRS = 30;
const PAIRS_WITHOUT_CACHE = 10;

function timeOf(args, cwd, env) {
  const start = process.hrtime.bigint();
  const { status } = spawnSync(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`node ${args.join(' ')} exited with ${status}`);
  return milliseconds;
}

/** The medians of runs in turn: of the empty program, and of the other. */
function inTurn(count, empty, args, cwd, env) {
  const pairs = Array.from({ length: count }, () => [timeOf([empty], cwd, env), timeOf(args, cwd, env)]);
  return [0, 1].map((index) => median(pairs.map((pair) => pair[index])));
}

/**
 * `--version`, `--help` and `validate` of the built program, in milliseconds. Of the environment only PATH is left (Node 20
 * reads the certificates of NODE_EXTRA_CA_CERTS at every start), and the home is a new folder, so that the code cache is
 * filled by the first run.
 */
export function measureStart(root) {
  const folder = mkdtempSync(join(tmpdir(), 'pvevm-bench-'));
  const empty = join(folder, 'empty.mjs');
  const program = join(root, 'dist/bin.cjs');
  const env = { PATH: process.env.PATH ?? '', HOME: folder };
  writeFileSync(empty, "console.log('1.0.0');\n");
  const measured = [
    { what: 'pvevm --version', args: [program, '--version'], bound: 1.15 },
    { what: 'pvevm validate examples/vm.yaml', args: [program, 'validate', 'examples/vm.yaml'], bound: 1.6 },
    { what: 'pvevm --help', args: [program, '--help'], bound: 2.2 },
  ];
  try {
    // The first runs fill the caches of the file system, and of compiled code.
    for (const { args } of [{ args: [empty] }, ...measured, ...measured]) timeOf(args, root, env);
    return measured.map(({ what, args, bound }) => {
      const [floor, time] = inTurn(PAIRS, empty, args, root, env);
      const row = { what, measured: time, floor, unit: 'ms', bound };
      if (!args.includes('validate')) return row;
      const [bare, first] = inTurn(PAIRS_WITHOUT_CACHE, empty, args, root, { ...env, NODE_DISABLE_COMPILE_CACHE: '1' });
      return { ...row, note: `${(first / bare).toFixed(2)} without its code cache, as the first run` };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
