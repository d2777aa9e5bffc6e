import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PvevmError } from '../core/error.ts';
import { replaceFile } from './replace-file.ts';

/** A file to be written, by its path as the user knows it. */
export interface ExportedFile {
  readonly path: string;
  readonly text: string;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether an output is a folder: one that is there, or any that ends with a slash. */
export async function isFolder(out: string, cwd: string): Promise<boolean> {
  if (out.endsWith('/')) return true;
  return stat(resolve(cwd, out)).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}

/** The path of a file in an output folder. */
export function inFolder(out: string, name: string): string {
  return join(out, `${name}.yaml`);
}

/**
 * Writes files, making their folders. Files that are there are replaced only with `force`: without it nothing is written
 * where one of them is. Throws `USAGE` for that, `CONFIG` where a file cannot be written.
 */
export async function writeExported(files: readonly ExportedFile[], cwd: string, force: boolean): Promise<void> {
  const present: string[] = [];
  for (const { path } of files) if (await exists(resolve(cwd, path))) present.push(path);
  if (present.length > 0 && !force)
    throw new PvevmError('USAGE', `cannot write ${present.join(', ')}: already there`, {
      hints: ['Name another file or folder, or replace what is there with --force.'],
    });
  for (const { path, text } of files) {
    const target = resolve(cwd, path);
    if (present.includes(path)) {
      await replaceFile(target, path, text);
      continue;
    }
    try {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text, { flag: 'wx' });
    } catch (cause) {
      throw new PvevmError('CONFIG', `cannot write ${path}`, { cause });
    }
  }
}
