import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { PvevmError } from '../../core/error.ts';
import { fileProblem } from '../../core/file-problem.ts';

/**
 * Writes a text into a new file beside a place, makes sure that it is on the disk, and has it put into the place. Where
 * any of that fails, the new file is removed, and the place is as it was. Throws what the system throws.
 */
export async function writeBeside(
  place: string,
  text: string,
  put: (temporary: string) => Promise<void>,
  mode?: number,
): Promise<void> {
  const temporary = `${place}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', mode ?? 0o666);
    try {
      await handle.writeFile(text);
      // The mode of a new file is subject to the umask.
      if (mode !== undefined) await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await put(temporary);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** The error for a file that could not be written: `CONFIG`, with what the system says in words. */
export function cannotWrite(what: string, cause: unknown): PvevmError {
  if (cause instanceof PvevmError) return cause;
  const problem = fileProblem(cause);
  return new PvevmError('CONFIG', `cannot write ${what}${problem === undefined ? '' : `: ${problem.reason}`}`, {
    cause,
    ...(problem === undefined ? {} : { hints: [problem.hint] }),
  });
}
