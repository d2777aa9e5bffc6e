import type { PveReader } from '../../pve/reader.ts';
import type { State } from './config-outcome.ts';
import { type FoundTask, findTask } from './find-task.ts';
import type { Patience } from './patience.ts';
import { readOutcome, type Sent } from './read-outcome.ts';

/** A write on its way, for those who look for what became of it. */
export interface LostWrite extends Sent {
  readonly user: string;
  /** By the server's clock, in milliseconds since the epoch. */
  readonly sentAt: number | undefined;
  /** The tasks of other steps. */
  readonly known: ReadonlySet<string>;
}

const POLL_MS = 1000;
/**
 * For how long a task may come to be after its request: the request may wait 10 s for the lock of a guest's file (qemu-server:
 * PVE/AbstractConfig.pm, lock_config).
 */
const SETTLE_MS = 15_000;
/** The same where a second request is refused if the first is carried out after all. */
const SHORT_MS = 3000;

/** The id that the task of a write carries; undefined where it has none. */
function taskIdOf({ operation, request, vmid }: LostWrite): string | undefined {
  const { path, params } = request;
  switch (operation.taskId) {
    case 'guest':
      return /\/qemu\/(\d+)(?:\/|$)/.exec(path)?.[1];
    case 'new guest':
      return vmid === undefined ? undefined : String(vmid);
    case 'file':
      return String(params['filename']);
    case 'owner': {
      // Recorded: `300@vmdata` for a volume of guest 300, `local` for a file that is nobody's.
      const [, storage = '', encoded = ''] = /\/storage\/([^/]+)\/content\/(.+)$/.exec(path) ?? [];
      const owner = /(?:vm|base|subvol)-(\d+)-/.exec(decodeURIComponent(encoded))?.[1];
      return owner === undefined ? storage : `${owner}@${storage}`;
    }
    default:
      return undefined;
  }
}

/** The task that a write may have started, as far as it is to be seen yet. */
async function findTaskOf(write: LostWrite, pve: PveReader): Promise<FoundTask | undefined> {
  const { operation, node, user, sentAt, known } = write;
  const id = taskIdOf(write);
  if (operation.tasks.length === 0 || id === undefined) return undefined;
  const vmid = /^\d+$/.test(id) ? { vmid: Number(id) } : {};
  return await findTask(pve, { node, types: operation.tasks, id, user, sentAt, known, ...vmid });
}

/**
 * Finds out what became of a write whose answer was lost: its task, or else what it left. A task that runs is taken for
 * its own though the clocks say that it began before, and what it leaves is looked at after it.
 */
export async function lookUp(write: LostWrite, pve: PveReader, patience: Patience): Promise<FoundTask | State> {
  const { operation } = write;
  const isGuarded = operation.resend !== 'read-back';
  const settleMs = operation.tasks.length === 0 && isGuarded ? 0 : isGuarded ? SHORT_MS : SETTLE_MS;
  for (let waited = 0; ; waited += POLL_MS) {
    const task = await findTaskOf(write, pve);
    if (task !== undefined && (task.isAfter || task.isRunning)) return task;
    const state = operation.outcome === 'nothing' ? 'not-done' : await readOutcome(write, pve);
    if (state === 'done' || waited >= settleMs) return state;
    await patience.sleep(POLL_MS, 'what became of a request whose answer was lost');
  }
}
