import { createPveClient } from '../../src/pve/client.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import type { SeededRandom } from '../../src/sandbox/random.ts';
import { TASK_TIME_MS } from '../faults/shared-clock.ts';
import { copyOf, type Prepared, type Process, type World } from '../faults/world.ts';
import { createScheduler, type Owner, type Scheduler } from './scheduler.ts';

const LAG_MS = 8000;

/** Who sends a request. */
export interface Sender {
  readonly name: string;
  readonly owner: Owner;
}

/** A line of what happened, as a failing seed prints it. */
export type Trace = (who: string, what: string) => void;

/** A cluster on which many work at a time, in an order of chance. */
export interface SwarmWorld extends World {
  readonly scheduler: Scheduler;
  readonly trace: readonly string[];
  readonly note: Trace;
  /** A process whose requests wait for their turn, and go through what is given. */
  enter(sender: Sender, spoil?: (send: typeof fetch) => typeof fetch): Process;
}

function shortened(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

/** Opens a copy of a prepared cluster. All that happens in it goes through a scheduler with the given chance. */
export async function openSwarmWorld(prepared: Prepared, seed: number, random: SeededRandom): Promise<SwarmWorld> {
  const [directory, remove] = copyOf(prepared);
  const scheduler = createScheduler(prepared.now, random);
  const clock = scheduler.forSandbox;
  const sandbox: Sandbox = await startSandbox({
    ...{ directory, clock, seed, taskTimeMs: TASK_TIME_MS, resourcesLagMs: LAG_MS },
  });
  const trace: string[] = [];
  const clients: PveClient[] = [];
  const note: Trace = (who, what) => {
    trace.push(`${((scheduler.now() - prepared.now) / 1000).toFixed(3).padStart(9)} ${who}: ${what}`);
  };
  const enter: SwarmWorld['enter'] = ({ name, owner }, spoil = (send) => send) => {
    const send: typeof fetch = async (input, init) => {
      await scheduler.turn(owner);
      const { pathname, search } = new URL(String(input));
      const what = `${init?.method ?? 'GET'} ${decodeURIComponent(pathname.replace('/api2/json', ''))}${search}`;
      note(name, shortened(`${what} ${typeof init?.body === 'string' ? init.body : ''}`));
      try {
        const response = await sandbox.fetch(input, init);
        if (response.status !== 200 || init?.method !== 'GET')
          note(
            name,
            shortened(`  ${what}: ${response.status} ${response.statusText} ${await response.clone().text()}`),
          );
        return response;
      } catch (error) {
        note(name, `  ${what}: no answer`);
        throw error;
      }
    };
    const own = scheduler.clockOf(owner);
    const pve = createPveClient({
      endpoint: 'https://pve1:8006',
      credentials: { type: 'token', token: sandbox.token },
      clock: own,
      fetch: spoil(send),
    });
    clients.push(pve);
    return { pve, clock: own, die: () => scheduler.kill(owner) };
  };
  return {
    ...{ sandbox, scheduler, trace, note, enter },
    clock: {
      ...{ forSandbox: clock, now: scheduler.now, waitFor: () => undefined },
      forProcess: () => ({ ...scheduler.clockOf({}), die: () => undefined }),
    },
    begin: () => enter({ name: 'hands', owner: {} }),
    async settle() {
      const { sleep } = scheduler.clockOf({});
      await sleep(60_000);
    },
    async close() {
      for (const pve of clients) await pve.close();
      await sandbox.close();
      remove();
    },
  };
}
