// What apply is measured with: the parts of pvevm that plan, apply and tell of it, and a sandbox in a process of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPlan } from '../src/engine/apply.ts';
import { createPlan } from '../src/engine/plan.ts';
import { createPveClient } from '../src/pve/client.ts';
import { systemClock } from '../src/pve/clock.ts';
import { createEventsText } from '../src/report/run/events-text.ts';
import { createRunRecord, formatRunSummary, recordEvent } from '../src/report/run/run-summary.ts';
import { createTheme } from '../src/report/theme.ts';
import { startSandbox } from '../src/sandbox/index.ts';
import { loadResources } from '../src/spec/load.ts';

// As many at a time as the sandbox is good for: what is measured is the client.
const AT_ONCE = 16;
const LIMITS = { node: AT_ONCE, storage: AT_ONCE };
const PLAIN = createTheme(false);

function documentOf(index) {
  return `kind: vm\nname: guest-${index}\nmemory: { size: 512MiB }\ndisks: { scsi0: { size: 1GiB } }\n`;
}

/** Serves an empty sandbox until the process is ended. */
export async function serveEmpty(taskTimeMs) {
  const directory = mkdtempSync(join(tmpdir(), 'pvevm-bench-'));
  const sandbox = await startSandbox({ directory, seed: 1, taskTimeMs });
  process.send({ endpoint: sandbox.endpoint, token: sandbox.token, ca: sandbox.ca });
  process.once('disconnect', async () => {
    await sandbox.close();
    rmSync(directory, { recursive: true, force: true });
  });
}

/** What a request reads or does, with its guest, node and task taken out. */
function kindOf({ method, path }) {
  const kind = path
    .replace(/\/tasks\/UPID[^/]+/, '/tasks/UPID')
    .replace(/\/nodes\/[^/]+/, '/nodes/NODE')
    .replace(/\/qemu\/\d+/, '/qemu/ID');
  return `${method} ${kind.replace(/vm:\d+/, 'vm:ID')}`;
}

/** The processor time of this process since a moment, in milliseconds. */
function cpuSince(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Plans and creates as many guests: the processor time of apply alone in milliseconds, its steps, and its requests by kind. */
export async function applyGuests(count, { endpoint, token, ca }) {
  const text = Array.from({ length: count }, (_, index) => documentOf(index)).join('---\n');
  const source = { cwd: tmpdir(), readStdin: async () => new TextEncoder().encode(text) };
  const { resources, project } = await loadResources(['-'], source);
  const requests = new Map();
  const onRequest = (request) => requests.set(kindOf(request), (requests.get(kindOf(request)) ?? 0) + 1);
  const pve = createPveClient({ endpoint, credentials: { type: 'token', token }, trust: { ca }, onRequest });
  const plan = await createPlan({ resources, project, pve, user: pve.user, clock: systemClock });
  requests.clear();
  const record = createRunRecord();
  let written = 0;
  const write = (part) => {
    written += part.length;
  };
  const show = createEventsText({ plan, theme: PLAIN, write, isLive: false, width: 100 });
  const onEvent = (event) => {
    recordEvent(record, event);
    show(event);
  };
  const start = performance.now();
  const before = process.cpuUsage();
  const result = await applyPlan({
    ...{ plan, pve, clock: systemClock, onEvent, parallelism: AT_ONCE, limits: LIMITS },
  });
  write(formatRunSummary(plan, record, '', PLAIN, 100));
  const cpu = cpuSince(before);
  const wall = performance.now() - start;
  await pve.close();
  if (result.outcome !== 'ok') throw new Error(result.errors[0]?.message ?? 'the run failed');
  return { cpu, wall, steps: result.counts.done, requests: Object.fromEntries(requests), written };
}

if (process.argv[2] === 'serve') await serveEmpty(Number(process.argv[3]));
