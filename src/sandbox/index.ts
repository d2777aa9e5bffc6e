import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { loadFacts } from '../pve/facts/load-facts.ts';
import { certificateIn } from './certificate.ts';
import { realClock } from './clock.ts';
import { createHaManager } from './cluster/ha/manager.ts';
import { createFaults, type FaultRule } from './faults.ts';
import { openStateFolder } from './files/state-folder.ts';
import { formatGuestConfig } from './guest-config-file.ts';
import type { SandboxState } from './house.ts';
import { writeInitialState } from './initial-state.ts';
import { claim, type RunningSandbox, resetSandbox, runningSandbox, SANDBOX_TOKEN } from './owner.ts';
import { createRouter } from './router.ts';
import type { Owner } from './sandbox-json.ts';
import { type RequestLogEntry, startServer } from './server.ts';
import { createState } from './state.ts';
import { recordedWorld } from './worlds/recorded.ts';
import { smallWorld } from './worlds/small.ts';

export type { FaultRule, RequestLogEntry, RunningSandbox };
export { resetSandbox, runningSandbox };

/** How a sandbox is to be. */
export interface SandboxOptions {
  /** Where its state is kept; absent: in a temporary folder that `close` removes. */
  readonly directory?: string;
  /** What a new sandbox starts from; `small` unless given. */
  readonly world?: 'small' | 'recorded';
  /** 0 (the default): any that is free. */
  readonly port?: number;
  /** How long each task takes, in milliseconds; 20 unless given. */
  readonly taskTimeMs?: number;
  /** The same seed gives the same ids and addresses; absent: by chance. */
  readonly seed?: number;
  /** How long `/cluster/resources` shows a guest's old name and status, in milliseconds; 0 unless given. */
  readonly resourcesLagMs?: number;
  /** How long a failed login waits, in milliseconds; 0 unless given. The real one waits 3000. */
  readonly authDelayMs?: number;
  /** Called after each request. */
  readonly log?: (entry: RequestLogEntry) => void;
}

/** A running sandbox. */
export interface Sandbox {
  /** As in `https://127.0.0.1:34567`. */
  readonly endpoint: string;
  /** An API token of root@pam: `root@pam!sandbox=UUID`. */
  readonly token: string;
  /** Its certificate, PEM: its own authority. */
  readonly ca: string;
  /** SHA-256 of its certificate, upper case with colons. */
  readonly fingerprint: string;
  readonly directory: string;
  /** All requests so far, in order of arrival. */
  readonly requests: readonly RequestLogEntry[];
  /** Makes the next matching requests fail. */
  failNext(rule: FaultRule): void;
  /** The text of a guest's config file; undefined where there is no such guest. */
  guestConfig(vmid: number): string | undefined;
  /** Resolves when no task runs. */
  settled(): Promise<void>;
  /** Reads the config files again, after they were changed by hand. */
  reload(): void;
  /** Waits for running tasks, stops listening, and gives the folder free. */
  close(): Promise<void>;
}

/** The HA manager acts on what a task left behind only after that task, so it takes another look after each. */
async function settled({ tasks }: SandboxState): Promise<void> {
  do {
    await tasks.settled();
    await nextTurn();
  } while (tasks.list().some(({ exitstatus }) => exitstatus === undefined));
}

/**
 * Starts a simulated Proxmox VE 9.2 cluster that answers on a loopback port. Throws `SANDBOX_BUSY` where another
 * process serves the folder, and `CONFIG` where the folder's state cannot be read.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const isTemporary = options.directory === undefined;
  const directory = isTemporary ? mkdtempSync(join(tmpdir(), 'pvevm-sandbox-')) : resolve(options.directory);
  const folder = openStateFolder(directory);
  const world = options.world === 'recorded' ? recordedWorld : smallWorld;
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const saved = claim(directory, () => writeInitialState(folder, world, seed));
  const facts = await loadFacts('9.2');
  const certificate = await certificateIn(folder);
  let owner: Owner | null = { pid: process.pid, endpoint: '' };
  const state = createState({
    ...{ folder, facts, saved, clock: realClock },
    taskTimeMs: options.taskTimeMs ?? 20,
    resourcesLagMs: options.resourcesLagMs ?? 0,
    owner: () => owner,
    onChange: () => manager.poke(),
  });
  const manager = createHaManager(state);
  const requests: RequestLogEntry[] = [];
  const faults = createFaults();
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
    ...{ endpoint, directory, requests, ca: certificate.cert, fingerprint: certificate.fingerprint },
    token: `${SANDBOX_TOKEN}=${state.access.tokens.get(SANDBOX_TOKEN)?.secret ?? ''}`,
    failNext: (rule) => faults.add(rule),
    guestConfig(vmid) {
      const config = state.guests.get(vmid)?.config;
      return config === undefined ? undefined : formatGuestConfig(config);
    },
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
