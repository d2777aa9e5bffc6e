// A sandbox of 2,000 guests in a process of its own: how long it takes to start, how long it takes to answer the list of
// all resources, and how much memory it needs. Bundled by bench/sandbox.mjs; prints one line of JSON.
import { once } from 'node:events';
import { request } from 'node:https';
import { startSandbox } from '../src/sandbox/index.ts';

const RUNS = 15;

async function get(sandbox, path) {
  const sent = request(`${sandbox.endpoint}/api2/json${path}`, {
    ca: sandbox.ca,
    headers: { authorization: `PVEAPIToken=${sandbox.token}` },
  });
  sent.end();
  const [answer] = await once(sent, 'response');
  let size = 0;
  for await (const chunk of answer) size += chunk.length;
  return size;
}

const directory = process.argv[2];
const start = performance.now();
const sandbox = await startSandbox({ directory, world: 'large', taskTimeMs: 1 });
const started = performance.now() - start;
// The time that the process computes is the server's: the client's share is small, and counts against the bound.
const times = [];
for (let run = 0; run < RUNS; run += 1) {
  const before = process.cpuUsage();
  await get(sandbox, '/cluster/resources');
  const { user, system } = process.cpuUsage(before);
  times.push((user + system) / 1000);
}
const size = await get(sandbox, '/cluster/resources');
console.log(JSON.stringify({ started, times, size, memory: process.memoryUsage.rss() }));
await sandbox.close();
