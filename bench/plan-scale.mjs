// Plans of many guests: 1,000 against the bare loop that sends the same requests, 16 at a time, to the same light server,
// and 10,000 against the same plan of 1,000. Each part runs in a process of its own; memory is that of the built program.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { median } from './median.mjs';
import { documentsOf } from './plan-scale-documents.mjs';
import { printRows } from './print-rows.mjs';

const IN_FLIGHT = 16;
// Young objects have two halves and a rest, of up to 16 MB each in V8 until Node 22, and of 32 MB from Node 24 on.
const MEMORY_MB = Number(process.versions.node.split('.')[0]) < 24 ? 150 : 215;
const MEMORY_OF_10000_MB = 600;
// The bound of the last two is for reads that wait for each other: in a chain they would take ten times as long.
const SCENARIOS = [
  { scenario: 'name', what: 'plan of 1,000 guests', runs: 5, bound: 1.3 },
  { scenario: 'new', what: 'plan of 1,000 new guests', runs: 1, bound: 3 },
  { scenario: 'firewall', what: 'plan of 1,000 guests with a firewall', runs: 1, bound: 3 },
];
// Told last, on the error stream of a program that knows nothing of it.
const TELL_MEMORY = `process.on('exit', () => process.stderr.write('\\nMAXRSS ' + process.resourceUsage().maxRSS));`;

/** The next message of a child process; throws where it ends without one. */
async function messageOf(child) {
  const ended = new AbortController();
  try {
    const next = ['message', 'exit'].map((event) => once(child, event, { signal: ended.signal }));
    const [message] = await Promise.race(next);
    if (typeof message !== 'object' && message !== 'ready') throw new Error('a process of the benchmark failed');
    return message;
  } finally {
    ended.abort();
  }
}

/** The most memory, in MB, that the built program takes for a plan of documents. */
async function memoryOf(program, documents, { endpoint, token, ca }) {
  const folder = dirname(documents);
  writeFileSync(join(folder, 'ca.pem'), ca);
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(TELL_MEMORY)}`, program, 'plan', documents],
    {
      cwd: folder,
      env: { ...process.env, PVEVM_ENDPOINT: endpoint, PVEVM_TOKEN: token, PVEVM_CA: join(folder, 'ca.pem') },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  const kibibytes = /\nMAXRSS (\d+)$/.exec(said)?.[1];
  if (child.exitCode !== 0 || kibibytes === undefined) throw new Error(`the plan of the benchmark failed: ${said}`);
  return Number(kibibytes) / 1024;
}

/** Starts the light server, and gives what measures with it. */
async function openServer({ file, serverFile }, count) {
  const server = fork(serverFile, [String(count)]);
  const access = await messageOf(server);
  const whatWasAsked = async () => {
    server.send('asked');
    return await messageOf(server);
  };
  const run = async (args, paths) => {
    // Others may have asked since.
    await whatWasAsked();
    const child = fork(file, args);
    const exit = once(child, 'exit');
    await messageOf(child);
    child.send({ access, paths });
    const result = await messageOf(child);
    await exit;
    return { ...result, ...(await whatWasAsked()) };
  };
  return {
    access,
    plan: (scenario) => run(['plan', String(count), scenario]),
    loop: (paths) => run(['loop'], paths),
    close: async () => {
      server.disconnect();
      await once(server, 'exit');
    },
  };
}

/** Plans in turn with the bare loop of their requests, after a first run that fills the server's memory. */
async function measurePairs(server, { scenario, what, runs, bound }) {
  const { asked } = await server.plan(scenario);
  const pairs = [];
  for (let run = 0; run < runs; run += 1) {
    const made = await server.plan(scenario);
    pairs.push({ made, bare: await server.loop(asked) });
  }
  const [measured, floor] = [({ made }) => made.make.wall, ({ bare }) => bare.wall].map((of) => median(pairs.map(of)));
  const cpu = [({ made }) => made.make.cpu, ({ bare }) => bare.cpu].map((of) => median(pairs.map(of)).toFixed(0));
  const note = `${asked.length} requests; CPU ${cpu[0]} and ${cpu[1]} ms`;
  return { row: { what, measured, floor, unit: 'ms', bound, note }, plans: pairs.map(({ made }) => made) };
}

async function measureThousand(files) {
  const server = await openServer(files, 1000);
  try {
    const [usual, ...others] = SCENARIOS;
    const { row, plans } = await measurePairs(server, usual);
    const documents = join(files.folder, 'all.yaml');
    writeFileSync(documents, documentsOf(1000, usual.scenario));
    const memory = [];
    for (const _ of plans.slice(0, 3)) memory.push(await memoryOf(files.program, documents, server.access));
    const most = Math.max(...plans.map(({ mostInFlight }) => mostInFlight));
    const rows = [
      row,
      { what: 'memory of the plan of 1,000', measured: median(memory), floor: MEMORY_MB, unit: 'MB', bound: 1 },
      { what: 'requests in flight of that plan', measured: most, floor: IN_FLIGHT, unit: '', bound: 1 },
    ];
    for (const scenario of others) rows.push((await measurePairs(server, scenario)).row);
    return { rows, plans };
  } finally {
    await server.close();
  }
}

const cpuOf = ({ load, make, print }) => load.cpu + make.cpu + print.cpu;

async function measureTenThousand(files, plansOfThousand) {
  const server = await openServer(files, 10_000);
  try {
    const made = await server.plan('name');
    const floor = median(plansOfThousand.map(cpuOf));
    return [
      { what: 'plan of 10,000 guests: CPU', measured: cpuOf(made), floor, unit: 'ms', bound: 11 },
      { what: 'memory of the plan of 10,000', measured: made.memory, floor: MEMORY_OF_10000_MB, unit: 'MB', bound: 1 },
    ];
  } finally {
    await server.close();
  }
}

/** Time, memory and growth of plans of many guests; the program has to be built. */
export async function measurePlanScale(root) {
  const folder = mkdtempSync(join(root, 'node_modules/.bench-'));
  try {
    const bundled = async (entry, into) => {
      mkdirSync(join(folder, into));
      return await bundle(root, entry, join(folder, into));
    };
    const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const files = {
      folder,
      program: join(root, bin.pvevm),
      file: await bundled('bench/plan-scale-harness.mjs', 'plan'),
      serverFile: await bundled('bench/plan-scale-server-harness.mjs', 'server'),
    };
    const { rows, plans } = await measureThousand(files);
    return [...rows, ...(await measureTenThousand(files, plans))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printRows(await measurePlanScale(join(dirname(fileURLToPath(import.meta.url)), '..')));
}
