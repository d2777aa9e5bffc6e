import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PvevmError } from '../core/error.ts';
import { readText } from './files/state-folder.ts';
import { isAlive } from './is-alive.ts';

/** A lock is held for the blink of an eye; one without a living process, or as old as this, was left behind. */
const STALE_LOCK_MS = 5000;

/** What the holder of a folder's lock knows. */
export interface HeldLock {
  /** Whether the last holder was killed while it had the lock. */
  readonly wasLeftBehind: boolean;
}

/** Does work while no other process opens the same folder. Throws `SANDBOX_BUSY` where one does. */
export function withFolderLock<Result>(directory: string, work: (lock: HeldLock) => Result): Result {
  const path = join(directory, '.sandbox.lock');
  const wasLeftBehind = isLeftBehind(path);
  if (wasLeftBehind) rmSync(path, { force: true });
  let handle: number;
  try {
    handle = openSync(path, 'wx', 0o600);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
    throw new PvevmError('SANDBOX_BUSY', `cannot open the sandbox in ${directory}: another process is opening it`, {
      cause,
    });
  }
  try {
    writeSync(handle, String(process.pid));
    return work({ wasLeftBehind });
  } finally {
    closeSync(handle);
    rmSync(path, { force: true });
  }
}

function isLeftBehind(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  const pid = Number(readText(path) ?? '');
  return Date.now() - found.mtimeMs > STALE_LOCK_MS || (pid > 0 && (pid === process.pid || !isAlive(pid)));
}
