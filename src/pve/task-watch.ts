import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import { createClusterView } from './cluster.ts';
import type { PveReader } from './reader.ts';

/** The place of one task among those that are waited for at once. */
export interface TaskPlace {
  /** Whether other tasks of the node are waited for too. */
  readonly isShared: boolean;
  /** How long to wait before the next look, in milliseconds: about as long as said, and in company to a common moment. */
  pauseOf(pauseMs: number): number;
  /**
   * Whether the list of the node’s running tasks says that it runs. False says nothing: it is to be asked for then, as
   * where it is alone, its list cannot be read, or only lists have spoken for ten seconds.
   */
  isListed(): Promise<boolean>;
  leave(): void;
}

/** The tasks that are waited for at once, so that one request asks for all those of a node. */
export interface TaskWatch {
  /** Begins to wait for a task. */
  enter(pve: PveReader, node: string, upid: string): TaskPlace;
}

interface List {
  readonly askedAt: number;
  /** Undefined where it cannot be read. */
  readonly running: Promise<ReadonlySet<string> | undefined>;
  isAnswered: boolean;
}

// The file of active tasks is brought up to date when a worker begins or is reaped, and else every ten seconds by pvestatd
// (pve-common: PVE/RESTEnvironment.pm, active_workers): of a task whose parent died it says for a while that it runs.
const ASK_EVERY_MS = 10_000;

/** How far apart the common moments are for a pause: those of a longer pause are among those of a shorter one. */
function gridOf(pauseMs: number): number {
  return 100 * 2 ** Math.max(0, Math.floor(Math.log2(pauseMs / 100)));
}

async function runningOn(pve: PveReader, node: string): Promise<ReadonlySet<string> | undefined> {
  try {
    // A token sees its own tasks without any privilege (pve-manager: PVE/API2/Tasks.pm, node_tasks).
    const tasks = await createClusterView(pve).runningTasks(node);
    return new Set(tasks.map(({ upid }) => upid));
  } catch (error) {
    if (error instanceof PvevmError) return undefined;
    throw error;
  }
}

/** Makes a watch on the tasks of one run; nothing is waited for yet. */
export function createTaskWatch(clock: Clock): TaskWatch {
  const waiting = new Map<string, number>();
  const lists = new Map<string, List>();

  const listOf = (pve: PveReader, node: string, notBefore: number): List => {
    const known = lists.get(node);
    if (known !== undefined && (!known.isAnswered || known.askedAt >= notBefore)) return known;
    const list: List = { askedAt: clock.now(), running: runningOn(pve, node), isAnswered: false };
    const note = (): void => {
      list.isAnswered = true;
    };
    list.running.then(note, note);
    lists.set(node, list);
    return list;
  };

  return {
    enter: (pve, node, upid) => {
      const count = (change: number): void => void waiting.set(node, (waiting.get(node) ?? 0) + change);
      count(1);
      let notBefore = clock.now();
      let askedAt = notBefore;
      const isShared = (): boolean => (waiting.get(node) ?? 0) > 1;
      return {
        get isShared() {
          return isShared();
        },
        pauseOf: (pauseMs) => {
          const now = clock.now();
          const grid = gridOf(pauseMs);
          const at = isShared() ? grid * Math.ceil((now + pauseMs / 2) / grid) : now + pauseMs;
          // A timer may be early by a little, and who wakes at the same moment is not to ask again.
          notBefore = at - grid / 4;
          return at - now;
        },
        isListed: async () => {
          if (isShared() && clock.now() - askedAt < ASK_EVERY_MS) {
            const running = await listOf(pve, node, notBefore).running;
            if (running?.has(upid) === true) return true;
          }
          askedAt = clock.now();
          return false;
        },
        leave: () => count(-1),
      };
    },
  };
}
