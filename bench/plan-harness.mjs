// What the plan is measured with: the parts of pvevm that plan, and a sandbox full of guests in a process of its own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPlan } from '../src/engine/plan.ts';
import { createPveClient } from '../src/pve/client.ts';
import { systemClock } from '../src/pve/clock.ts';
import { createDispatcher } from '../src/pve/connection/dispatcher.ts';
import { startSandbox } from '../src/sandbox/index.ts';
import { loadResources } from '../src/spec/load.ts';

const NODES = ['pve1', 'pve2', 'pve3'];
// What a Proxmox VE takes to answer; the sandbox is faster.
const LATENCY_MS = 10;

function documentOf(index) {
  return `kind: vm\nname: guest-${index}\nmemory: { size: 4GiB }\n`;
}

function configOf(index, vmid) {
  return `#pvevm%3A-%3Avm/guest-${index}%3A${vmid}\ncores: 2\nmemory: 2048\nname: guest-${index}\ntags: pvevm\n`;
}

/** Serves a sandbox with this many guests, one of three nodes each, until the process is ended. */
export async function serveGuests(count) {
  const directory = mkdtempSync(join(tmpdir(), 'pvevm-bench-'));
  const sandbox = await startSandbox({ directory, seed: 1 });
  for (let index = 0; index < count; index += 1) {
    const folder = join(directory, 'nodes', NODES[index % NODES.length], 'qemu-server');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${1000 + index}.conf`), configOf(index, 1000 + index));
  }
  sandbox.reload();
  process.send({ endpoint: sandbox.endpoint, token: sandbox.token, ca: sandbox.ca });
  process.once('disconnect', async () => {
    await sandbox.close();
    rmSync(directory, { recursive: true, force: true });
  });
}

/** Runs `work`, and gives back the requests that were sent meanwhile. */
async function recordRequests(work) {
  const requests = [];
  const real = globalThis.fetch;
  globalThis.fetch = (url, init) => {
    requests.push([url, { method: init.method, headers: init.headers }]);
    return sleep(LATENCY_MS).then(() => real(url, init));
  };
  try {
    return { result: await work(), requests };
  } finally {
    globalThis.fetch = real;
  }
}

/** Plans as many guests as were served: how long it took in milliseconds, how many differ, and the requests sent. */
export async function planGuests(count, { endpoint, token, ca }) {
  const text = Array.from({ length: count }, (_, index) => documentOf(index)).join('---\n');
  const source = { cwd: tmpdir(), readStdin: async () => new TextEncoder().encode(text) };
  const { resources, project } = await loadResources(['-'], source);
  const pve = createPveClient({ endpoint, credentials: { type: 'token', token }, trust: { ca } });
  const options = { resources, project, pve, user: pve.user, clock: systemClock };
  const start = performance.now();
  const { result: plan, requests } = await recordRequests(() => createPlan(options));
  const duration = performance.now() - start;
  await pve.close();
  return { duration, requests, changed: plan.resources.filter(({ action }) => action === 'update').length };
}

/** Sends the requests again, some at a time, and reads the answers: how long that took, in milliseconds. */
export async function bareLoop(requests, parallelism, { ca }) {
  const dispatcher = await createDispatcher({ trust: { ca } });
  const queue = [...requests];
  const start = performance.now();
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [url, init] = next;
      await sleep(LATENCY_MS);
      await (await fetch(url, { ...init, dispatcher: dispatcher.forFetch })).json();
    }
  };
  await Promise.all(Array.from({ length: parallelism }, worker));
  const duration = performance.now() - start;
  await dispatcher.close();
  return duration;
}

if (process.argv[2] === 'serve') await serveGuests(Number(process.argv[3]));
