import { rowsOf } from '../../pve/decode.ts';
import type { PveReader } from '../../pve/reader.ts';
import { parseUpid } from '../../pve/upid.ts';

/** Which task is looked for. */
export interface WantedTask {
  readonly node: string;
  readonly types: readonly string[];
  /** The id that it carries. */
  readonly id: string;
  /** The guest to ask for, where the id is one. */
  readonly vmid?: number;
  readonly user: string;
  /** When its request was sent, in milliseconds since the epoch by the server's clock; undefined where that is not known. */
  readonly sentAt: number | undefined;
  /** Tasks that are another step's. */
  readonly known: ReadonlySet<string>;
}

/** A task that may be the one. */
export interface FoundTask {
  readonly upid: string;
  readonly isRunning: boolean;
  /** Whether it began after the request was sent, by the server's clocks. */
  readonly isAfter: boolean;
}

// The clocks of two nodes differ by little: the one that dates the answers, and the one that runs the task.
const SKEW_S = 5;
const LIMIT = 500;

/**
 * Finds the newest task of ours that a request may have started. Whoever asks sees its own tasks, whatever it may do
 * else; the parameters are the same since 7.4 (pve-manager: PVE/API2/Tasks.pm, node_tasks).
 */
export async function findTask(pve: PveReader, wanted: WantedTask): Promise<FoundTask | undefined> {
  const { node, types, id, vmid, user, sentAt, known } = wanted;
  const since = sentAt === undefined ? undefined : Math.floor(sentAt / 1000);
  const query = {
    source: 'all',
    limit: LIMIT,
    ...(vmid === undefined ? {} : { vmid }),
    ...(since === undefined ? {} : { since: since - SKEW_S }),
  };
  const path = '/nodes/{node}/tasks';
  const found: (FoundTask & { readonly startTime: number })[] = [];
  for (const row of rowsOf(path, await pve.get(path, { path: { node }, query }))) {
    const upid = row.text('upid');
    const task = parseUpid(upid);
    if (task === undefined || known.has(upid) || task.user !== user) continue;
    if (!types.includes(task.type) || task.id !== id) continue;
    const isRunning = row.raw('endtime') === undefined;
    found.push({ upid, isRunning, isAfter: since !== undefined && task.startTime >= since, startTime: task.startTime });
  }
  // Of several, one that runs; else the one that began last.
  return found.sort(
    (left, right) => Number(right.isRunning) - Number(left.isRunning) || right.startTime - left.startTime,
  )[0];
}
