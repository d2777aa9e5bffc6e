import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import { isObject } from '../core/json.ts';
import { redact } from '../core/redact.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import type { PveReader } from './reader.ts';

/** The last line of a running task's log. */
export interface LogTail {
  /**
   * The newest line that is known. Reads on once the task has run for two seconds, then every two, and less often, up to
   * every eight, while nothing is added. Undefined while there is none.
   */
  lastLine(): Promise<string | undefined>;
}

const TAIL_EVERY_MS = 2000;
const TAIL_SELDOM_MS = 8000;
const TAIL_LINES = 500;

/** All lines of a task's log; empty where it cannot be read. Without secrets or control characters. */
export async function readLog(pve: PveReader, node: string, upid: string): Promise<readonly string[]> {
  // Without a limit Proxmox VE gives the first 50 lines; 0 means all (pve-manager: PVE/API2/Tasks.pm).
  return (await readLines(pve, node, upid, 0, 0)) ?? [];
}

/** Follows a task's log from its start, without reading a line twice. */
export function createLogTail(pve: PveReader, node: string, upid: string, clock: Clock): LogTail {
  let known = 0;
  let last: string | undefined;
  let readAt = clock.now();
  let everyMs = TAIL_EVERY_MS;
  return {
    lastLine: async () => {
      if (clock.now() - readAt < everyMs) return last;
      readAt = clock.now();
      const lines = (await readLines(pve, node, upid, known, TAIL_LINES)) ?? [];
      everyMs = lines.length > 0 ? TAIL_EVERY_MS : Math.min(2 * everyMs, TAIL_SELDOM_MS);
      known += lines.length;
      last = lines.at(-1) ?? last;
      return last;
    },
  };
}

/** Lines from the log; undefined where it cannot be read, since a log is never worth failing for. */
async function readLines(
  pve: PveReader,
  node: string,
  upid: string,
  start: number,
  limit: number,
): Promise<readonly string[] | undefined> {
  try {
    const rows = await pve.get('/nodes/{node}/tasks/{upid}/log', { path: { node, upid }, query: { start, limit } });
    if (!Array.isArray(rows)) return undefined;
    return rows.flatMap((row: unknown) => {
      const line = isObject(row) && typeof row['t'] === 'string' ? row['t'] : undefined;
      return line === undefined || isPlaceholder(line) ? [] : [sanitizeLine(redact(line))];
    });
  } catch (error) {
    if (error instanceof PvevmError) return undefined;
    throw error;
  }
}

// pve-common: PVE/Tools.pm, dump_logfile, in the place of a log that is empty, or not there.
function isPlaceholder(line: string): boolean {
  return line === 'no content' || line === 'unable to open file - No such file or directory';
}
