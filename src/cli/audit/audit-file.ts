import { closeSync, fdatasync, fdatasyncSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { PvevmError } from '../../core/error.ts';
import {
  type AuditLine,
  FIRST_HEAD,
  nextHead,
  readLine,
  sealRecord,
  splitLines,
} from '../../report/audit/audit-line.ts';
import type { AuditEntry } from '../../report/audit/audit-record.ts';

/** An audit log that is open for appending. */
export interface AuditFile {
  /** Appends a record; with `isDurable` it is on the disk before this returns. Throws `AUDIT`. */
  append(entry: AuditEntry, isDurable: boolean): void;
  /**
   * Resolves when all that was appended before this call is on the disk, and throws `AUDIT`. Those who call while others
   * wait for it wait together: a disk takes as long for many records as for one.
   */
  sync(): Promise<void>;
  /** The head after all that is in the log by now. */
  head(): string;
  close(): void;
}

/** The calls that write and wait, so that a test can let them fail. */
export interface AuditCalls {
  readonly write: (descriptor: number, bytes: Buffer) => number;
  readonly sync: (descriptor: number) => void;
  readonly syncLater: (descriptor: number) => Promise<void>;
  /** Waits for a moment. */
  readonly pause: () => void;
}

const CHUNK = 1 << 20;
const TRIES = 20;
// What another process is just writing is whole within microseconds.
const PAUSES = 5;
const PAUSE_MS = 10;

const SYSTEM: AuditCalls = {
  write: (descriptor, bytes) => writeSync(descriptor, bytes),
  sync: fdatasyncSync,
  syncLater: promisify(fdatasync),
  pause: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS),
};

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder',
  EACCES: 'you may not write it',
  EPERM: 'you may not write it',
  EROFS: 'the file system is read-only',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder does not exist',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it has reached the greatest size that a file may have',
  EIO: 'the disk has failed',
};

/** A failure of the log as an error. */
function auditError(shown: string, cause: unknown): PvevmError {
  if (cause instanceof PvevmError) return cause;
  const reason = REASONS[(cause as NodeJS.ErrnoException).code ?? ''];
  return new PvevmError('AUDIT', `cannot write the audit log ${shown}${reason === undefined ? '' : `: ${reason}`}`, {
    ...(reason === undefined ? { cause } : {}),
    hints: ['Nothing is sent that cannot be recorded. Make it writable, or name another file with --audit.'],
  });
}

/** Opens a log, and makes it, for its owner alone, where there is none. */
function openLog(path: string): number {
  try {
    return openSync(path, 'ax+', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return openSync(path, 'a+');
  }
}

/** Puts the name of a new file on the disk, where the system can do that. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(dirname(path), 'r');
    fsyncSync(folder);
    closeSync(folder);
  } catch {
    // Windows opens no folders, and some file systems sync none.
  }
}

const BEGINNING = '{"formatVersion":"1.';

function otherError(shown: string, reason: string): PvevmError {
  return new PvevmError('AUDIT', `cannot use ${shown} as audit log: ${reason}`, {
    hints: ['Name a file that does not exist yet, or an audit log of pvevm.'],
  });
}

/** Throws where a file begins otherwise than a log does; the first line of a log may have been cut off anywhere. */
function refuseOther(shown: string, first: Buffer): void {
  const beginning = first.subarray(0, BEGINNING.length).toString('latin1');
  if (!BEGINNING.startsWith(beginning)) throw otherError(shown, 'it holds something else');
}

/**
 * Opens an audit log for appending. Nothing locks it: a record is written with one call at the end of the file, and says
 * which line it has seen last, so that several runs may write at once on a local file system. A line that was not written
 * whole is ended and recorded as torn. Throws `AUDIT` where it cannot be opened, or is something else.
 */
export function openAuditFile(path: string, shown: string, calls: AuditCalls = SYSTEM): AuditFile {
  let descriptor: number;
  try {
    descriptor = openLog(path);
  } catch (error) {
    throw auditError(shown, error);
  }
  let [offset, count, head] = [0, 0, FIRST_HEAD];
  let first: AuditLine | undefined;
  let rest: Buffer = Buffer.alloc(0);
  // What is read into it is copied at once.
  const chunk = Buffer.allocUnsafe(CHUNK);
  /** Lines that are no records, and that no record speaks of yet. */
  let torn: { readonly line: number; readonly bytes: number; readonly lineSha256: string }[] = [];

  const take = (line: AuditLine, isOld: boolean): void => {
    first ??= line;
    head = nextHead(head, line);
    count += 1;
    if (line.place === undefined) torn.push({ line: count, bytes: line.bytes.length, lineSha256: line.hash });
    // What stands before whole records is for the verification to judge.
    else if (isOld) torn = [];
  };
  /** Reads what was added since the last time; gives the hashes of the new lines. */
  const catchUp = (isOld = false): ReadonlySet<string> => {
    const hashes = new Set<string>();
    for (;;) {
      const read = readSync(descriptor, chunk, 0, CHUNK, offset);
      if (read === 0) return hashes;
      offset += read;
      const split = splitLines(Buffer.concat([rest, chunk.subarray(0, read)]));
      rest = split.rest;
      for (const bytes of split.lines) {
        const line = readLine(bytes);
        hashes.add(line.hash);
        take(line, isOld);
      }
    }
  };
  const write = (text: string): void => {
    const bytes = Buffer.from(text);
    const written = calls.write(descriptor, bytes);
    // The rest would stand behind what another run has written meanwhile.
    if (written < bytes.length) throw Object.assign(new Error('written in part'), { code: 'ENOSPC' });
  };
  const endTornLine = (): void => {
    for (let pause = 0; pause < PAUSES && rest.length > 0; pause += 1) {
      calls.pause();
      catchUp();
    }
    if (rest.length > 0) write('\n');
    catchUp();
  };
  /** Whether the record stands in the file as one line of its own. */
  const tryToWrite = (entry: AuditEntry): boolean => {
    const { text, hash } = sealRecord({ seq: count + 1, previous: head }, entry);
    write(text);
    return catchUp().has(hash);
  };
  const append = (entry: AuditEntry): void => {
    for (let tried = 0; tried < TRIES; tried += 1) {
      catchUp();
      if (rest.length > 0) endTornLine();
      const { time, run } = entry;
      for (const line of torn.splice(0)) tryToWrite({ time, run, type: 'torn', ...line });
      if (torn.length === 0 && rest.length === 0 && tryToWrite(entry)) return;
    }
    throw new PvevmError(
      'AUDIT',
      `cannot write the audit log ${shown}: others write lines into it that are no records`,
      {
        hints: ['Name another file with --audit.'],
      },
    );
  };
  const guarded = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw auditError(shown, error);
    }
  };
  let nextSync: Promise<void> | undefined;
  let lastSync: Promise<unknown> = Promise.resolve();
  const syncAfter = async (before: Promise<unknown>): Promise<void> => {
    await before;
    nextSync = undefined;
    try {
      await calls.syncLater(descriptor);
    } catch (error) {
      throw auditError(shown, error);
    }
  };
  try {
    guarded(() => {
      // A device may have no end.
      if (!fstatSync(descriptor).isFile()) throw otherError(shown, 'it is no file');
      catchUp(true);
      refuseOther(shown, first?.bytes ?? rest);
      if (offset === 0) syncFolder(path);
    });
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return {
    append: (entry, isDurable) =>
      guarded(() => {
        append(entry);
        if (isDurable) calls.sync(descriptor);
      }),
    sync: () => {
      if (nextSync === undefined) {
        nextSync = syncAfter(lastSync);
        lastSync = nextSync.catch(() => undefined);
      }
      return nextSync;
    },
    head: () => {
      catchUp();
      return head;
    },
    close: () => closeSync(descriptor),
  };
}
