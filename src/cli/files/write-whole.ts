import { link, rename, rm, stat, writeFile } from 'node:fs/promises';
import { replaceFile } from './replace-file.ts';
import { cannotWrite, writeBeside } from './write-beside.ts';

/** Gives a file its name, unless something has that name by now; the file systems without links have no better way. */
async function nameNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    await rename(temporary, path);
    return;
  }
  await rm(temporary, { force: true });
}

/** Writes a file that is not there yet, all of it or nothing. Throws `CONFIG` where it cannot be written, or is there by now. */
export async function createFile(path: string, shown: string, text: string): Promise<void> {
  try {
    await writeBeside(path, text, (temporary) => nameNew(temporary, path));
  } catch (cause) {
    throw cannotWrite(shown, cause);
  }
}

/**
 * Writes a file, in place of one that is there, all of it or nothing; pipes and devices are written as they are. Throws
 * `CONFIG` where it cannot be written; `shown` is what it is called in the message.
 */
export async function writeWhole(path: string, shown: string, text: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) await createFile(path, shown, text);
  else if (facts.isFile() && !/^\/(?:dev|proc)\//.test(path)) await replaceFile(path, shown, text);
  else await writeFile(path, text).catch((cause: unknown) => Promise.reject(cannotWrite(shown, cause)));
}
