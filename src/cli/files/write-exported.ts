import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import { replaceFile } from './replace-file.ts';
import { cannotWrite } from './write-beside.ts';
import { createFile } from './write-whole.ts';

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

async function writeOne({ path, text }: ExportedFile, cwd: string, isThere: boolean): Promise<void> {
  const target = resolve(cwd, path);
  if (isThere) {
    await replaceFile(target, path, text);
    return;
  }
  try {
    await mkdir(dirname(target), { recursive: true });
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  await createFile(target, path, text);
}

/** The failure of one of several files, with those that were written before it. */
function withWritten(error: unknown, written: readonly string[]): unknown {
  if (!(error instanceof PvevmError) || written.length === 0) return error;
  const { code, message, cause, hints, details } = error;
  return new PvevmError(code, message, { cause, hints, details: [...details, `Written: ${written.join(', ')}.`] });
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
  const written: string[] = [];
  for (const { path, text } of files) {
    try {
      await writeOne({ path, text }, cwd, present.includes(path));
    } catch (error) {
      throw withWritten(error, written);
    }
    written.push(path);
  }
}
