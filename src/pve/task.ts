import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import { isObject } from '../core/json.ts';
import { redact } from '../core/redact.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { displayDuration } from '../core/units.ts';
import type { PveReader } from './reader.ts';
import { mayPass } from './retry.ts';
import { createLogTail, readLog } from './task-log.ts';
import { createTaskWatch, type TaskPlace, type TaskWatch } from './task-watch.ts';
import { parseUpid, type Upid } from './upid.ts';

/** How to wait for a task. Times are in milliseconds. */
export interface TaskWaitOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Called at each look at the running task, with the last line of its log so far. */
  readonly onProgress?: (runningMs: number, lastLogLine?: string) => void;
  readonly signal?: AbortSignal;
  /** The tasks that are waited for at the same time; this one is alone where it is not said. */
  readonly watch?: TaskWatch;
}

/** A task that came to a good end. */
export interface TaskResult {
  readonly upid: string;
  /** `OK`, or `WARNINGS: n`. */
  readonly exitStatus: string;
  /** The task's warnings, from its log. */
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2000;
/** How long a task may be unknown after its start: the worker registers itself after the answer is sent. */
const UNKNOWN_FOR_MS = 15_000;
const DETAIL_LINES = 15;
// Copies, moves and downloads, and what may begin with one: their logs tell how far they are.
const TELLING = /^(?:download|imgcopy|qmigrate|vzmigrate|move_volume|(?:qm|vz)(?:create|restore|clone|move|config))$/;
/** pve-common: PVE/Tools.pm, upid_read_status, where the log does not end in a TASK line: also for a moment at the end. */
const UNEXPECTED = 'unexpected status';

/**
 * Waits until a task has ended, and resolves where it ended well. Survives lost connections, proxies that get no answer,
 * and a task that is not known yet. One that is waited for in company is asked for only when the list of its node's
 * running tasks does not hold it. Throws `TASK_FAILED` with the task's exit status and the end of its log, `TIMEOUT` when
 * the deadline has passed, and whatever else the reads throw.
 */
export async function waitForTask(pve: PveReader, upid: string, options: TaskWaitOptions): Promise<TaskResult> {
  const task = parseUpid(upid);
  if (task === undefined) throw new PvevmError('PVE_ERROR', `cannot wait for a task: '${upid}' is no task id`);
  const { watch = createTaskWatch(options.clock) } = options;
  const place = watch.enter(pve, task.node, upid);
  try {
    return await follow(pve, task, upid, place, options);
  } finally {
    place.leave();
  }
}

async function follow(
  pve: PveReader,
  task: Upid,
  upid: string,
  place: TaskPlace,
  { clock, timeoutMs, onProgress, signal }: TaskWaitOptions,
): Promise<TaskResult> {
  const start = clock.now();
  const tail =
    onProgress !== undefined && TELLING.test(task.type) ? createLogTail(pve, task.node, upid, clock) : undefined;
  const sleep = (pauseMs: number): Promise<void> =>
    clock.sleep(Math.max(0, Math.min(pauseMs, timeoutMs - (clock.now() - start))), signal);
  let lookedTwice = false;
  if (place.isShared) await sleep(place.pauseOf(0));
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    // A list may be some seconds old.
    const isLast = clock.now() - start >= timeoutMs;
    const isListed = !isLast && !lookedTwice && (await place.isListed());
    const exitStatus = isListed ? undefined : await readExitStatus(pve, task, upid, clock.now() - start, signal);
    if (exitStatus === UNEXPECTED && !lookedTwice) lookedTwice = true;
    else if (exitStatus !== undefined) return finish(pve, task, upid, exitStatus, clock.now() - start);
    onProgress?.(clock.now() - start, await tail?.lastLine());
    if (!isListed && clock.now() - start >= timeoutMs) throw overdue(task, upid, timeoutMs);
    await sleep(place.pauseOf(pause));
  }
}

/** The task's exit status; undefined while it runs, or while nobody can say. */
async function readExitStatus(
  pve: PveReader,
  task: Upid,
  upid: string,
  waitedMs: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const status = await pve.get('/nodes/{node}/tasks/{upid}/status', {
      path: { node: task.node, upid },
      ...(signal === undefined ? {} : { signal }),
    });
    if (!isObject(status) || status['status'] !== 'stopped') return undefined;
    const exitStatus = status['exitstatus'];
    return typeof exitStatus === 'string' ? exitStatus : UNEXPECTED;
  } catch (error) {
    if (isPassing(error) || (isUnknownTask(error) && waitedMs < UNKNOWN_FOR_MS)) return undefined;
    throw error;
  }
}

// The task goes on whether it can be asked for or not, so any loss of the connection is waited out.
function isPassing(error: unknown): boolean {
  return mayPass(error) || (error instanceof PvevmError && (error.code === 'CONNECT' || error.code === 'TIMEOUT'));
}

// pve-manager: PVE/API2/Tasks.pm answers 400 with this text for the parameter.
function isUnknownTask(error: unknown): boolean {
  return error instanceof PvevmError && error.status === 400 && /no such task/.test(error.parameters['upid'] ?? '');
}

async function finish(
  pve: PveReader,
  task: Upid,
  upid: string,
  exitStatus: string,
  durationMs: number,
): Promise<TaskResult> {
  if (exitStatus === 'OK') return { upid, exitStatus, warnings: [], durationMs };
  const log = await readLog(pve, task.node, upid);
  if (/^WARNINGS: \d+$/.test(exitStatus))
    return { upid, exitStatus, warnings: warningsIn(log, exitStatus), durationMs };
  throw new PvevmError('TASK_FAILED', `${nameOf(task)} failed: ${sanitizeLine(redact(exitStatus))}`, {
    upid,
    details: log.slice(-DETAIL_LINES),
  });
}

/** The warnings in a log; where its lines do not tell which they are, one that says how many there were. */
function warningsIn(log: readonly string[], exitStatus: string): readonly string[] {
  // pve-common: PVE/RESTEnvironment.pm, log_warn.
  const found = log.flatMap((line) => (line.startsWith('WARN: ') ? [line.slice('WARN: '.length)] : []));
  return found.length > 0 ? found : [`the task ended with ${exitStatus}`];
}

function overdue(task: Upid, upid: string, timeoutMs: number): PvevmError {
  const limit = timeoutMs < 60_000 ? `${timeoutMs / 1000} s` : displayDuration(timeoutMs).replace(' min 0 s', ' min');
  return new PvevmError('TIMEOUT', `${nameOf(task)} did not end within ${limit}; it is still running`, {
    upid,
    details: [upid],
    hints: [
      `Look at it on the node: pvenode task log '${upid}'`,
      'It was not stopped. Run the command again, now or once it has ended: it goes on from what is there. Where it needs longer, write so under timeouts in the document.',
    ],
  });
}

function nameOf(task: Upid): string {
  return task.id === '' ? `task ${task.type} on ${task.node}` : `task ${task.type} of ${task.id} on ${task.node}`;
}
