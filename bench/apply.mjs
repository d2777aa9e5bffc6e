// The creation of 500 guests, four steps each, side by side in a sandbox of its own process: what the client computes a
// step, whether that grows with their number, and what it asks a guest besides its writes.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';
import { printRows } from './print-rows.mjs';

const WARM_UP = 40;
const FEW = 100;
const MANY = 500;
const TASK_MS = 20;
const STEP_MS = 5;
const GROWTH = 1.4;
// A look at three nodes before and after each would be eight.
const READS_A_CREATE = 6;
const READS_A_TASK = 3;

/** The requests of a run whose names match. */
function count(requests, pattern) {
  return Object.entries(requests).reduce((sum, [name, times]) => (pattern.test(name) ? sum + times : sum), 0);
}

/** What apply costs at scale: processor time of the client, which no other process of the machine has a share in. */
export async function measureApply(root) {
  const folder = mkdtempSync(join(root, 'node_modules/.bench-'));
  const file = await bundle(root, 'bench/apply-harness.mjs', folder);
  const { applyGuests } = await import(pathToFileURL(file).href);
  const run = async (guests) => {
    const server = fork(file, ['serve', String(TASK_MS)]);
    try {
      const [access] = await Promise.race([once(server, 'message'), once(server, 'exit')]);
      if (typeof access !== 'object' || access === null) throw new Error('the sandbox did not start');
      return await applyGuests(guests, access);
    } finally {
      if (server.connected) {
        server.disconnect();
        await once(server, 'exit');
      }
    }
  };
  try {
    // The first run finds nothing compiled.
    await run(WARM_UP);
    const few = await run(FEW);
    const many = await run(MANY);
    const perStep = ({ cpu, steps }) => cpu / steps;
    const { requests } = many;
    const tasks = count(requests, /^GET .*\/tasks/);
    const looks = count(requests, /^GET \/nodes(\/NODE\/qemu)?$/);
    const what = `apply of ${MANY} guests`;
    return [
      {
        ...{ what: `${what}: CPU a step`, measured: perStep(many), floor: STEP_MS, unit: 'ms', bound: 1 },
        note: `${many.steps} steps in ${Math.round(many.wall / 1000)} s`,
      },
      {
        ...{ what: `${what}: CPU a step against ${FEW} guests`, measured: perStep(many), floor: perStep(few) },
        ...{ unit: 'ms', bound: GROWTH },
      },
      { what: `${what}: reads a create`, measured: (tasks + looks) / MANY, floor: READS_A_CREATE, unit: '', bound: 1 },
      { what: `${what}: reads a task`, measured: tasks / MANY, floor: READS_A_TASK, unit: '', bound: 1 },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printRows(await measureApply(join(dirname(fileURLToPath(import.meta.url)), '..')));
}
