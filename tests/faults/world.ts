import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/core/clock.ts';
import { createPveClient } from '../../src/pve/client.ts';
import { createDispatcher, type Dispatcher } from '../../src/pve/connection/dispatcher.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Sandbox, startSandbox, type VirtualClock } from '../../src/sandbox/index.ts';
import { createSharedClock, type SharedClock, TASK_TIME_MS } from './shared-clock.ts';

const START = 1_780_000_000_000;
// The list of the whole cluster is some seconds behind, as the real one is.
const LAG_MS = 8000;

/** A client as one process of the program has it. */
export interface Process {
  readonly pve: PveClient;
  readonly clock: Clock;
  /** Nothing that it waits for comes any more. */
  die(): void;
}

/** A sandbox with a time of its own. */
export interface World {
  readonly sandbox: Sandbox;
  readonly clock: SharedClock;
  /** A new process; its requests go through what is given, which may spoil them. */
  begin(spoil?: (send: typeof fetch, clock: Clock) => typeof fetch): Process;
  /** Lets all tasks end. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** A folder with the state that the cases of a scenario begin from. */
export interface Prepared {
  readonly folder: string;
  /** When it was left, in milliseconds since the epoch. */
  readonly now: number;
  readonly dispatcher: Dispatcher;
  close(): Promise<void>;
}

async function serve(folder: string, start: number, dispatcher: Dispatcher | undefined): Promise<World> {
  const clock = createSharedClock(start);
  // At its end nobody waits for what sleeps: that is what a virtual clock means.
  const virtual: VirtualClock = { ...clock.forSandbox, advance: async () => undefined };
  const options = { directory: folder, clock: virtual, seed: 7, taskTimeMs: TASK_TIME_MS, resourcesLagMs: LAG_MS };
  const sandbox = await startSandbox(options);
  clock.waitFor(() => sandbox.settled());
  const own = dispatcher ?? (await createDispatcher({ trust: { ca: sandbox.ca } }));
  const send: typeof fetch = (url, init) => globalThis.fetch(url, { ...init, dispatcher: own.forFetch });
  const clients: PveClient[] = [];
  return {
    sandbox,
    clock,
    begin(spoil) {
      const process = clock.forProcess();
      const pve = createPveClient({
        endpoint: sandbox.endpoint,
        credentials: { type: 'token', token: sandbox.token },
        clock: process,
        fetch: spoil?.(send, process) ?? send,
      });
      clients.push(pve);
      return { pve, clock: process, die: process.die };
    },
    async settle() {
      const { sleep } = clock.forProcess();
      // A task may start another one: HA starts what was just made.
      for (let round = 0; round < 4; round += 1) await sleep(2 * TASK_TIME_MS);
    },
    async close() {
      for (const pve of clients) await pve.close();
      await sandbox.close();
      if (dispatcher === undefined) await own.close();
    },
  };
}

// In memory where there is such a folder: a case writes some hundred small files.
const BASE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const newFolder = (): string => mkdtempSync(join(BASE, 'pvevm-faults-'));

/** Makes the state that the cases of a scenario begin from, once. */
export async function prepareWorld(prepare: (world: World) => Promise<void>): Promise<Prepared> {
  const folder = newFolder();
  const world = await serve(folder, START, undefined);
  await prepare(world);
  await world.settle();
  const dispatcher = await createDispatcher({ trust: { ca: world.sandbox.ca } });
  await world.close();
  return {
    ...{ folder, now: world.clock.now() + 60_000, dispatcher },
    async close() {
      await dispatcher.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A copy of a prepared folder, or an empty one, and what removes it. */
export function copyOf(prepared: Prepared | undefined): readonly [folder: string, remove: () => void] {
  const copy = newFolder();
  if (prepared !== undefined) cpSync(prepared.folder, copy, { recursive: true });
  return [copy, () => rmSync(copy, { recursive: true, force: true })];
}

/** A world of its own that begins as prepared. */
export async function openWorld(prepared: Prepared): Promise<World> {
  const [copy, remove] = copyOf(prepared);
  const world = await serve(copy, prepared.now, prepared.dispatcher);
  return {
    ...world,
    async close() {
      await world.close();
      remove();
    },
  };
}
