import { readFileSync } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Clock } from '../../core/clock.ts';

/** How long a lock is waited for. */
export interface LockPatience {
  readonly clock: Clock;
  readonly tries: number;
  readonly pauseMs: number;
}

/** A lock that this process has. */
export interface OwnedLock {
  /** Whether it still has it: whoever finds it old may take it. */
  isOurs(): Promise<boolean>;
  release(): Promise<void>;
}

// What names no process of this machine is as old as this before it counts for nothing; the work takes milliseconds.
const OLD_MS = 60_000;

function errnoOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** When a process has started, in ticks since the machine has (proc_pid_stat(5)); `-` where nobody says. */
function startOf(pid: number): string {
  try {
    // The name, in parentheses, may hold blanks; the start is the 22nd field.
    const [, fields] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return fields?.split(' ')[19] ?? '-';
  } catch {
    return '-';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

function ownerText(): string {
  return `${process.pid} ${startOf(process.pid)} ${hostname()}\n`;
}

/** Whether the owner that a lock names is gone: the process has ended, or another one has its id by now. */
async function isLeftBehind(path: string, text: string): Promise<boolean> {
  const [, pid, start, host] = /^(\d+) (\S+) (\S+)\n$/.exec(text) ?? [];
  if (pid !== undefined && host === hostname()) {
    const started = startOf(Number(pid));
    return !isAlive(Number(pid)) || (start !== '-' && started !== '-' && start !== started);
  }
  return Date.now() - (await stat(path)).mtimeMs > OLD_MS;
}

/** Removes a lock whose owner is gone. */
async function removeLeftOver(path: string): Promise<void> {
  try {
    const text = await readFile(path, 'utf8');
    if (!(await isLeftBehind(path, text))) return;
    // Somebody else may have seen the same, and have taken it meanwhile.
    if ((await readFile(path, 'utf8')) === text) await rm(path, { force: true });
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/**
 * Takes a lock, which is a file that names this process, so that it is of no account once the process has ended. Gives
 * undefined where somebody else has it for longer than there is patience; throws what the system throws.
 */
export async function takeLock(path: string, { clock, tries, pauseMs }: LockPatience): Promise<OwnedLock | undefined> {
  const text = ownerText();
  for (let tried = 1; ; tried += 1) {
    try {
      const handle = await open(path, 'wx', 0o600);
      try {
        await handle.writeFile(text);
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      } finally {
        await handle.close();
      }
      const isOurs = async (): Promise<boolean> => (await readFile(path, 'utf8').catch(() => '')) === text;
      return {
        isOurs,
        release: async () => {
          if (await isOurs()) await rm(path, { force: true });
        },
      };
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    await removeLeftOver(path);
    if (tried === tries) return undefined;
    await clock.sleep(pauseMs);
  }
}
