// The plan of 200 guests against the bare loop that sends the same requests, 16 at a time, to the same sandbox. Every
// answer takes 10 ms more than the sandbox does.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';
import { median } from './median.mjs';

const GUESTS = 200;
const NODES = 3;
const PARALLELISM = 16;
const RUNS = 5;

/** The wall time of the plan, in milliseconds, and the number of its requests against their bound. */
export async function measurePlan(root) {
  const folder = mkdtempSync(join(root, 'node_modules/.bench-'));
  const file = await bundle(root, 'bench/plan-harness.mjs', folder);
  const server = fork(file, ['serve', String(GUESTS)]);
  try {
    const [access] = await Promise.race([once(server, 'message'), once(server, 'exit')]);
    if (typeof access !== 'object' || access === null) throw new Error('the sandbox did not start');
    const { bareLoop, planGuests } = await import(pathToFileURL(file).href);
    const pairs = [];
    let count = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const { duration, requests, changed } = await planGuests(GUESTS, access);
      if (changed !== GUESTS) throw new Error(`${changed} of ${GUESTS} guests differ`);
      count = requests.length;
      pairs.push([duration, await bareLoop(requests, PARALLELISM, access)]);
    }
    const [measured, floor] = [0, 1].map((index) => median(pairs.map((pair) => pair[index])));
    return [
      { what: `plan of ${GUESTS} guests`, measured, floor, unit: 'ms', bound: 1.3 },
      { what: `requests of that plan`, measured: count, floor: GUESTS + 3 * NODES + 2 + 10, unit: '', bound: 1 },
    ];
  } finally {
    if (server.connected) {
      server.disconnect();
      await once(server, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  }
}
