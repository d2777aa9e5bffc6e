import { realpath, rename, stat } from 'node:fs/promises';
import { cannotWrite, writeBeside } from './write-beside.ts';

/**
 * Replaces the text of a file that is there: all of it or nothing. A link stays a link, and the file's mode stays. Throws
 * `CONFIG` where it cannot be written; `shown` is its name in the message.
 */
export async function replaceFile(path: string, shown: string, text: string): Promise<void> {
  try {
    const target = await realpath(path);
    const { mode } = await stat(target);
    await writeBeside(target, text, (temporary) => rename(temporary, target), mode & 0o7777);
  } catch (cause) {
    throw cannotWrite(shown, cause);
  }
}
