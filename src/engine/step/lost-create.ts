import { PvevmError } from '../../core/error.ts';
import { isObject } from '../../core/json.ts';
import type { StepRequest } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import { type FoundTask, findTask } from '../recovery/find-task.ts';
import { FOUND_DONE } from '../recovery/lost-words.ts';
import { finish, type Sending } from '../recovery/send-surely.ts';
import { configOn } from '../recovery/twin.ts';
import { isSameButEnd } from './fill-until.ts';
import type { GuestSession } from './guest-session.ts';

/** How often a guest that is being made is looked at, in milliseconds. */
export const POLL_MS = 500;
/** How long one that is being made is waited for, in milliseconds. */
export const PATIENCE_MS = 3_600_000;
// Proxmox VE writes the lock just before the task begins, so that a few looks without a task say nothing.
const LOOKS_WITHOUT_TASK = 10;

/** Where the guest of a request is while it is made: a clone for another node is made beside its source, and then handed over. */
export function nodesOf(request: StepRequest, session: GuestSession): readonly string[] {
  const [, node = session.node] = /^\/nodes\/([^/]+)\//.exec(request.path) ?? [];
  return [...new Set([session.node, node])];
}

/** The guest that a clone is made from; undefined for a request that is no clone. */
export function sourceOf({ path }: StepRequest): string | undefined {
  return /\/qemu\/(\d+)\/clone$/.exec(path)?.[1];
}

/** One create request that was sent. */
export interface Sent {
  readonly filled: StepRequest;
  /** By the server's clock, in milliseconds since the epoch. */
  readonly sentAt: number | undefined;
}

/** What became of a create whose answer was lost: the guest is there and ours, is somebody else's, or is not there. */
export async function fateOf(
  { filled }: Sent,
  session: GuestSession,
  made: boolean,
  sending: Sending,
  limitMs: number = PATIENCE_MS,
): Promise<'ours' | 'theirs' | 'absent'> {
  const { reader, clock, patience } = sending;
  const nodes = nodesOf(filled, session);
  // The task of a clone has the id of its source (recorded: `qmclone:120`).
  const taskId = sourceOf(filled) ?? String(session.vmid);
  const { description } = filled.params;
  let looksWithoutTask = 0;
  for (let waited = 0; waited < limitMs; waited += POLL_MS) {
    const config = await configOn(reader, nodes, session.vmid);
    if (config === undefined) return 'absent';
    const lock = isObject(config) ? config['lock'] : undefined;
    if (lock !== 'create' && lock !== 'clone') {
      // Without a mark, the task that made it tells.
      const isOurs =
        description === undefined ? made : isObject(config) && isSameButEnd(config['description'], description);
      return isOurs ? 'ours' : 'theirs';
    }
    const tasks = await createClusterView(reader).runningTasks(nodes.at(-1) ?? session.node);
    looksWithoutTask = tasks.some((task) => task.id === taskId) ? 0 : looksWithoutTask + 1;
    if (looksWithoutTask >= LOOKS_WITHOUT_TASK) return 'theirs';
    sending.onProgress(patience.waitedMs);
    await clock.sleep(POLL_MS);
  }
  return 'theirs';
}

/** The task of a create whose answer was lost; that of a clone cannot be told from those of other clones of its source. */
async function taskOf(
  { filled, sentAt }: Sent,
  session: GuestSession,
  sending: Sending,
): Promise<FoundTask | undefined> {
  if (sourceOf(filled) !== undefined) return undefined;
  const { vmid, node } = session;
  const { pve, reader, known } = sending;
  const found = await findTask(reader, {
    ...{ node, types: ['qmcreate'], id: String(vmid), vmid, user: pve.user, sentAt, known },
  });
  return found?.isAfter === true ? found : undefined;
}

/** The end of a lost create: its warnings where the guest is ours, or whose it is otherwise. */
export async function endOf(
  sent: Sent,
  session: GuestSession,
  sending: Sending,
): Promise<readonly string[] | 'theirs' | 'absent'> {
  const task = await taskOf(sent, session, sending);
  let warnings: readonly string[] = [];
  try {
    if (task !== undefined) warnings = await finish(task.upid, sending);
  } catch (error) {
    // Whatever its end, the guest itself says what is there. Where it is not, the next request tells why.
    if (!(error instanceof PvevmError)) throw error;
  }
  const fate = await fateOf(sent, session, task !== undefined, sending);
  return fate === 'ours' ? [...warnings, FOUND_DONE] : fate;
}
