import { ApiError } from './api-error.ts';
import type { SandboxClock, TaskContext, TaskRecord, TaskRequest, TaskStore } from './host.ts';
import { formatUpid } from './upid.ts';

/** How many finished tasks are kept; Proxmox VE keeps about a thousand. */
const KEPT = 500;

/** The exit status of a task whose log has no last line (pve-common: PVE/Tools.pm, upid_read_status). */
const LOST = 'unexpected status';

/** The tasks of all nodes, and what else the sandbox asks of them. */
export interface SandboxTasks extends TaskStore {
  /** Oldest first, to be written to the state's file. */
  all(): readonly TaskRecord[];
  /** Resolves when no task runs. */
  settled(): Promise<void>;
  /** Whether a task of that id, such as a guest's, runs. */
  isBusy(id: string): boolean;
  /** Interrupts a task whose worker has not begun. */
  stop(upid: string): void;
}

/** What the tasks need. */
export interface TasksOptions {
  readonly clock: SandboxClock;
  /** How long each task waits before its worker runs, in milliseconds. */
  readonly taskTimeMs: number;
  readonly saved: readonly TaskRecord[];
  /** Called at every change. */
  onChange(): void;
  /** Called when a task has ended. */
  onEnd(): void;
}

type MutableTask = { -readonly [Key in keyof TaskRecord]: TaskRecord[Key] };

/**
 * Task workers (pve-common: PVE/RESTEnvironment.pm, fork_worker). A task that was running when the sandbox ended is
 * failed with `unexpected status`, as one whose worker was killed.
 */
export function createTasks(options: TasksOptions): SandboxTasks {
  const tasks = new Map<string, MutableTask>();
  const running = new Map<string, Promise<void>>();
  const interrupted = new Set<string>();
  let serial = options.saved.length === 0 ? 0 : Math.max(...options.saved.map((task) => task.pid - FIRST_PID));
  for (const task of options.saved) {
    const isLost = task.exitstatus === undefined;
    tasks.set(task.upid, isLost ? { ...task, endtime: task.starttime, exitstatus: LOST } : { ...task });
  }
  const store: SandboxTasks = {
    start(request) {
      serial += 1;
      const task = newTask(request, serial, Math.floor(options.clock.now() / 1000));
      tasks.set(task.upid, task);
      forgetOld(tasks);
      options.onChange();
      const work = perform(request, task).finally(() => {
        running.delete(task.upid);
        if (request.fate === 'is-forgotten') tasks.delete(task.upid);
        options.onChange();
        options.onEnd();
      });
      running.set(task.upid, work);
      return task.upid;
    },
    get: (upid) => tasks.get(upid),
    list: (node) => [...tasks.values()].reverse().filter((task) => node === undefined || task.node === node),
    all: () => [...tasks.values()],
    stop: (upid) => interrupted.add(upid),
    isBusy: (id) => [...running.keys()].some((upid) => tasks.get(upid)?.id === id),
    async settled() {
      for (let next = [...running.values()][0]; next !== undefined; next = [...running.values()][0]) await next;
    },
  };
  return store;

  async function perform(request: TaskRequest, task: MutableTask): Promise<void> {
    const log: string[] = [];
    task.log = log;
    let warnings = 0;
    const context: TaskContext = {
      upid: task.upid,
      log: (line) => log.push(...line.replace(/\n$/, '').split('\n')),
      warn(line) {
        warnings += 1;
        log.push(`WARN: ${line}`);
      },
    };
    let exit = 'OK';
    let isKilled = false;
    try {
      request.begin?.(context);
      await options.clock.sleep(options.taskTimeMs);
      if (interrupted.has(task.upid)) throw new Error('received interrupt');
      if (request.fate === 'dies-before') throw new WorkerDied();
      await request.run(context);
      if (request.fate === 'dies-after') throw new WorkerDied();
      if (warnings > 0) exit = `WARNINGS: ${warnings}`;
    } catch (error) {
      exit = textOfError(error);
      isKilled = error instanceof WorkerDied;
    }
    const isGood = exit === 'OK' || (warnings > 0 && exit.startsWith('WARNINGS: '));
    if (!isKilled) log.push(isGood ? `TASK ${exit}` : `TASK ERROR: ${exit}`);
    task.endtime = Math.floor(options.clock.now() / 1000);
    task.exitstatus = exit;
  }
}

const FIRST_PID = 1000;

/** A worker that was killed: the log of its task has no last line, and the status is what that means. */
class WorkerDied extends Error {
  constructor() {
    super(LOST);
  }
}

function newTask(request: TaskRequest, serial: number, starttime: number): MutableTask {
  const [user = '', tokenid] = request.user.id.split('!');
  const pid = FIRST_PID + serial;
  const pstart = 400_000 + serial * 10;
  const { node, type, id } = request;
  const upid = formatUpid({ node, pid, pstart, starttime, type, id, user: request.user.id });
  return {
    ...{ upid, node, pid, pstart, starttime, type, id, user, log: [] },
    ...(tokenid === undefined ? {} : { tokenid }),
  };
}

/** An error as a task's exit status says it: on one line (pve-common: PVE/Exception.pm, stringify). */
function textOfError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details =
    error instanceof ApiError && error.errors !== undefined
      ? ` ${Object.entries(error.errors)
          .map(([name, text]) => ` ${name}: ${text.trimEnd()}`)
          .join('')}`
      : '';
  const status = details === '' ? '' : '400 ';
  return `${status}${error.message}${details}`.trimEnd().replaceAll('\n', ' ');
}

function forgetOld(tasks: Map<string, MutableTask>): void {
  for (const [upid, task] of tasks) {
    if (tasks.size <= KEPT) return;
    if (task.exitstatus !== undefined) tasks.delete(upid);
  }
}
