import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PvevmError } from '../core/error.ts';
import { loadFacts } from '../pve/facts/load-facts.ts';
import { setTotp } from './access/set-totp.ts';
import { CERTIFICATE_FILE, certificateIn } from './certificate.ts';
import { checkOptions } from './check-options.ts';
import { createRealClock } from './clock.ts';
import { createHaManager } from './cluster/ha/manager.ts';
import { createFaults, type FaultRule } from './faults.ts';
import { openStateFolder } from './files/state-folder.ts';
import { formatGuestConfig } from './guest-config-file.ts';
import type { SandboxClock } from './host.ts';
import type { SandboxState } from './house.ts';
import { writeInitialState } from './initial-state.ts';
import { openingError } from './opening-error.ts';
import {
  claim,
  disclaim,
  type RunningSandbox,
  resetSandbox,
  runningSandbox,
  SANDBOX_TOKEN,
  thisProcess,
} from './owner.ts';
import { parseFault, readFault, readFaults } from './parse-fault.ts';
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
export { createVirtualClock, parseFault, readFault, readFaults, resetSandbox, runningSandbox, WORLD_NAMES };

/** The HA manager acts on what a task left behind only after that task, so it takes another look after each. */
async function settled({ tasks }: SandboxState): Promise<void> {
  do {
    await tasks.settled();
    await nextTurn();
  } while (tasks.list().some(({ exitstatus }) => exitstatus === undefined));
}

/** What the folder of a sandbox says of its version and its world holds, whoever opens it. */
function checkSaved(saved: SandboxJson, { version, world }: SandboxOptions, directory: string): void {
  const wanted =
    version !== undefined && version !== saved.version
      ? `Proxmox VE ${version}: it is ${saved.version}`
      : world !== undefined && world !== saved.world
        ? `world ${world}: it is ${saved.world}`
        : undefined;
  if (wanted === undefined) return;
  throw new PvevmError('CONFIG', `cannot open the sandbox in ${directory} as ${wanted}`, {
    hints: ['Reset it (pvevm sandbox reset), or name another folder.'],
  });
}

/**
 * Starts a simulated Proxmox VE cluster that answers on a loopback port. Throws `SANDBOX_BUSY` where another process
 * serves the folder or has the port, `CONFIG` where the folder holds something else, cannot be read or written, or is of
 * another version or world, and `USAGE` for an option or a fault that says nothing.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  checkOptions(options);
  const faults = (options.faults ?? []).map(ruleOf);
  const isTemporary = options.directory === undefined;
  const directory = isTemporary ? mkdtempSync(join(tmpdir(), 'pvevm-sandbox-')) : resolve(options.directory);
  const leave = (): void => {
    if (isTemporary) rmSync(directory, { recursive: true, force: true });
  };
  try {
    return await open(directory, { ...options, faults }, leave);
  } catch (error) {
    leave();
    throw openingError(error, directory, options);
  }
}

const ruleOf = (rule: FaultRule | string): FaultRule => (typeof rule === 'string' ? parseFault(rule) : rule);

async function open(directory: string, options: SandboxOptions, leave: () => void): Promise<Sandbox> {
  const folder = openStateFolder(directory);
  const { world: worldName = 'small', version = '9.2', seed = Math.floor(Math.random() * 2 ** 32) } = options;
  const clock = options.clock ?? createRealClock(options.timeFactor);
  const beginning = { worldName, version, seed, now: clock.now() };
  const saved = claim(
    directory,
    () => writeInitialState(folder, worldNamed(worldName), beginning),
    (state) => checkSaved(state, options, directory),
  );
  try {
    return await serve(saved, { ...options, directory, seed, clock }, leave);
  } catch (error) {
    disclaim(directory);
    throw error;
  }
}

type OpenOptions = SandboxOptions & Required<Pick<SandboxOptions, 'directory' | 'seed' | 'clock'>>;

async function serve(saved: SandboxJson, options: OpenOptions, leave: () => void): Promise<Sandbox> {
  const { directory, clock } = options;
  const folder = openStateFolder(directory);
  const faults = createFaults(options.seed);
  for (const rule of options.faults ?? []) faults.add(ruleOf(rule));
  const facts = await loadFacts(saved.version);
  const certificate = await certificateIn(folder).catch((cause: unknown) => {
    throw new PvevmError('CONFIG', `cannot read the certificate of the sandbox in ${directory}`, {
      cause,
      hints: [`Remove ${join(directory, CERTIFICATE_FILE)}: the next start makes a new one.`],
    });
  });
  let owner: Owner | null = thisProcess();
  const state = createState({
    ...{ folder, facts, saved, clock },
    taskTimeMs: options.taskTimeMs ?? 20,
    resourcesLagMs: options.resourcesLagMs ?? 0,
    owner: () => owner,
    onChange: () => manager.poke(),
  });
  const manager = createHaManager(state);
  const requests: RequestLogEntry[] = [];
  const server = await startServer({
    ...{ state, faults, certificate, router: createRouter(facts) },
    port: options.port ?? 0,
    authDelayMs: options.authDelayMs ?? 0,
    onRequest(entry) {
      if (options.keepLog !== false) requests.push(entry);
    },
    onAnswer: (entry) => options.log?.(entry),
  });
  const endpoint = `https://127.0.0.1:${server.port}`;
  const token = tokenOf(state);
  owner = thisProcess(endpoint);
  state.writeState();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    manager.stop();
    // A virtual clock stands still: what waits for it is cut off, as by a loss of power.
    if (!('advance' in clock)) await state.tasks.settled();
    await server.close();
    owner = null;
    try {
      state.writeState();
    } catch (error) {
      throw openingError(error, directory, options, 'save');
    } finally {
      disclaim(directory);
      leave();
    }
  };
  return {
    ...{ endpoint, url: endpoint, fetch: server.fetch, directory, requests, log: requests, token },
    ...{ ca: certificate.cert, fingerprint: certificate.fingerprint, version: saved.version, world: saved.world },
    failNext: (rule) => faults.add(ruleOf(rule)),
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
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** The token by which pvevm comes in; made anew where the files, edited by hand, have none. */
function tokenOf(state: SandboxState): string {
  const { tokens } = state.access;
  if ((tokens.get(SANDBOX_TOKEN)?.secret ?? '') === '') {
    tokens.set(SANDBOX_TOKEN, { secret: randomUUID(), privsep: false, expire: 0 });
    state.save();
  }
  return `${SANDBOX_TOKEN}=${tokens.get(SANDBOX_TOKEN)?.secret}`;
}
