import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { PvevmError } from '../core/error.ts';

/**
 * Replaces the text of a file that is there: all of it or nothing. A link stays a link, and the file's mode stays. Throws
 * `CONFIG` where it cannot be written; `shown` is its name in the message.
 */
export async function replaceFile(path: string, shown: string, text: string): Promise<void> {
  try {
    const target = await realpath(path);
    const { mode } = await stat(target);
    const successor = `${target}.${randomBytes(6).toString('hex')}`;
    try {
      const handle = await open(successor, 'wx', mode);
      try {
        await handle.writeFile(text);
        // The mode of a new file is subject to the umask.
        await handle.chmod(mode);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(successor, target);
    } catch (error) {
      await rm(successor, { force: true });
      throw error;
    }
  } catch (cause) {
    throw new PvevmError('CONFIG', `cannot write ${shown}`, { cause });
  }
}
