import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PvevmError } from '../core/error.ts';
import { loadFacts } from '../pve/facts/load-facts.ts';
import { setTotp } from './access/set-totp.ts';
import { certificateIn } from './certificate.ts';
import { createRealClock } from './clock.ts';
import { createHaManager } from './cluster/ha/manager.ts';
import { createFaults, type FaultRule } from './faults.ts';
import { openStateFolder } from './files/state-folder.ts';
import { formatGuestConfig } from './guest-config-file.ts';
import type { SandboxClock } from './host.ts';
import type { SandboxState } from './house.ts';
import { writeInitialState } from './initial-state.ts';
import { claim, type RunningSandbox, resetSandbox, runningSandbox, SANDBOX_TOKEN } from './owner.ts';
import { parseFault, readFaults } from './parse-fault.ts';
import { createRouter } from './router.ts';
import type { Sandbox, SandboxOptions } from './sandbox.ts';
import type { Owner, SandboxJson } from './sandbox-json.ts';
import { type RequestLogEntry, startServer } from './server.ts';
import { createState } from './state.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { WORLD_NAMES, type WorldName, worldNamed } from './worlds/worlds.ts';

export type {
  FaultRule,
  RequestLogEntry,
  RunningSandbox,
  Sandbox,
  SandboxClock,
  SandboxOptions,
  VirtualClock,
  WorldName,
};
export { createVirtualClock, parseFault, readFaults, resetSandbox, runningSandbox, WORLD_NAMES };

/** The HA manager acts on what a task left behind only after that task, so it takes another look after each. */
async function settled({ tasks }: SandboxState): Promise<void> {
  do {
    await tasks.settled();
    await nextTurn();
  } while (tasks.list().some(({ exitstatus }) => exitstatus === undefined));
}

/** What the folder of a sandbox says of its version holds, whoever opens it. */
function checkVersion({ version }: SandboxJson, wanted: string | undefined, directory: string): void {
  if (wanted === undefined || wanted === version) return;
  throw new PvevmError('CONFIG', `cannot open the sandbox in ${directory} as Proxmox VE ${wanted}: it is ${version}`, {
    hints: ['Reset it (pvevm sandbox reset), or name another folder.'],
  });
}

/**
 * Starts a simulated Proxmox VE cluster that answers on a loopback port. Throws `SANDBOX_BUSY` where another process
 * serves the folder, `CONFIG` where the folder's state cannot be read or is of another version, and `USAGE` for a fault
 * that says nothing.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const isTemporary = options.directory === undefined;
  const directory = isTemporary ? mkdtempSync(join(tmpdir(), 'pvevm-sandbox-')) : resolve(options.directory);
  const folder = openStateFolder(directory);
  const { world: worldName = 'small', version = '9.2', seed = Math.floor(Math.random() * 2 ** 32) } = options;
  const clock = options.clock ?? createRealClock(options.timeFactor);
  const faults = createFaults(seed);
  const addFault = (rule: FaultRule | string): void => faults.add(typeof rule === 'string' ? parseFault(rule) : rule);
  for (const rule of options.faults ?? []) addFault(rule);
  const beginning = { worldName, version, seed, now: clock.now() };
  const saved = claim(
    directory,
    () => writeInitialState(folder, worldNamed(worldName), beginning),
    (state) => checkVersion(state, options.version, directory),
  );
  const facts = await loadFacts(saved.version);
  const certificate = await certificateIn(folder);
  let owner: Owner | null = { pid: process.pid, endpoint: '' };
  const state = createState({
    ...{ folder, facts, saved, clock },
    taskTimeMs: options.taskTimeMs ?? 20,
    resourcesLagMs: options.resourcesLagMs ?? 0,
    owner: () => owner,
    onChange: () => manager.poke(),
  });
  const manager = createHaManager(state);
  const requests: RequestLogEntry[] = [];
  const release = (): void => {
    owner = null;
    state.writeState();
    if (isTemporary) rmSync(directory, { recursive: true, force: true });
  };
  const server = await startServer({
    ...{ state, faults, certificate, router: createRouter(facts) },
    port: options.port ?? 0,
    authDelayMs: options.authDelayMs ?? 0,
    onRequest: (entry) => requests.push(entry),
    onAnswer: (entry) => options.log?.(entry),
  }).catch((error: unknown) => {
    release();
    throw error;
  });
  const endpoint = `https://127.0.0.1:${server.port}`;
  owner = { pid: process.pid, endpoint };
  state.writeState();
  return {
    ...{ endpoint, url: endpoint, directory, requests, log: requests },
    ...{ ca: certificate.cert, fingerprint: certificate.fingerprint, version: saved.version, world: saved.world },
    token: `${SANDBOX_TOKEN}=${state.access.tokens.get(SANDBOX_TOKEN)?.secret ?? ''}`,
    failNext: addFault,
    clearFaults() {
      faults.clear();
      for (const { name, online } of saved.nodes) {
        const node = state.nodes.get(name);
        if (node !== undefined) node.online = online;
      }
    },
    guestConfig(vmid) {
      const config = state.guests.get(vmid)?.config;
      return config === undefined ? undefined : formatGuestConfig(config);
    },
    setTotp: (userid, secret) => setTotp(state, userid, secret),
    settled: () => settled(state),
    reload() {
      state.reload();
      manager.poke();
    },
    async close() {
      manager.stop();
      await state.tasks.settled();
      await server.close();
      release();
    },
  };
}
