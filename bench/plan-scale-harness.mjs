// What is measured of plans at scale, in a process of its own: the whole of a plan, or the bare loop of its requests.
// Bundled by bench/plan-scale.mjs.
import { tmpdir } from 'node:os';
import { createPlan } from '../src/engine/plan.ts';
import { createPveClient } from '../src/pve/client.ts';
import { systemClock } from '../src/pve/clock.ts';
import { createDispatcher } from '../src/pve/connection/dispatcher.ts';
import { formatDiagnostics } from '../src/report/diagnostics-text.ts';
import { formatPlan } from '../src/report/plan/plan-text.ts';
import { createTheme } from '../src/report/theme.ts';
import { loadResources } from '../src/spec/load.ts';
import { documentsOf } from './plan-scale-documents.mjs';

const PARALLELISM = 16;

/** How long some work takes, and how long it computes, in milliseconds. */
async function timed(work) {
  const start = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, wall: performance.now() - start, cpu: (user + system) / 1000 };
}

/** Reads documents, plans them and prints the plan, as `pvevm plan` does. */
async function plan(count, scenario, { endpoint, token, ca }) {
  const text = documentsOf(count, scenario);
  const source = { cwd: tmpdir(), readStdin: async () => new TextEncoder().encode(text) };
  const load = await timed(() => loadResources(['-'], source));
  const { resources, project, diagnostics } = load.result;
  if (diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics[0]));
  const pve = createPveClient({ endpoint, credentials: { type: 'token', token }, trust: { ca } });
  const options = { resources, project, pve, user: pve.user, clock: systemClock };
  const make = await timed(() => createPlan(options));
  await pve.close();
  const { add, change } = make.result.summary;
  const theme = createTheme(false);
  const print = await timed(() => [
    formatPlan(make.result, { theme, label: endpoint }),
    formatDiagnostics(make.result.diagnostics, load.result.files, theme),
  ]);
  if (add + change !== count) throw new Error(`${add + change} of ${count} guests differ:\n${print.result.join('\n')}`);
  const memory = process.resourceUsage().maxRSS / 1024;
  process.send({
    load: { wall: load.wall, cpu: load.cpu },
    make: { wall: make.wall, cpu: make.cpu },
    print: { wall: print.wall, cpu: print.cpu },
    memory,
  });
}

/** Sends the requests of a plan again, some at a time, and reads the answers. */
async function bareLoop(paths, { endpoint, token, ca }) {
  const { request } = await import('undici');
  const dispatcher = await createDispatcher({ trust: { ca } });
  const headers = { authorization: `PVEAPIToken=${token}`, accept: 'application/json' };
  let next = 0;
  const worker = async () => {
    while (next < paths.length) {
      const url = `${endpoint}${paths[next]}`;
      next += 1;
      await (await request(url, { dispatcher: dispatcher.forFetch, headers })).body.json();
    }
  };
  const { wall, cpu } = await timed(() => Promise.all(Array.from({ length: PARALLELISM }, worker)));
  await dispatcher.close();
  process.send({ wall, cpu });
}

const [mode, count, scenario] = process.argv.slice(2);
process.once('message', async ({ access, paths }) => {
  if (mode === 'plan') await plan(Number(count), scenario, access);
  else await bareLoop(paths, access);
  process.disconnect();
});
process.send('ready');
