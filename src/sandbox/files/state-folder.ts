import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The files of a sandbox: paths are relative to its folder. */
export interface StateFolder {
  readonly directory: string;
  /** The text of a file; undefined where there is none. */
  read(path: string): string | undefined;
  /** Writes a file at once and whole, unless it already has that text. Files below `priv/` are for the owner only. */
  write(path: string, text: string): void;
  /** Gives a file another name, at once. */
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** The names in a folder; none where there is no such folder. */
  list(path: string): readonly string[];
  /** Forgets what the files are known to hold, since others may have changed them. */
  refresh(): void;
}

/** Opens a folder for a sandbox's files, making it where there is none. */
export function openStateFolder(directory: string): StateFolder {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const known = new Map<string, string>();
  const made = new Set<string>();
  const makeFolderOf = (target: string): void => {
    const folder = dirname(target);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    made.add(folder);
  };
  return {
    directory,
    read: (path) => readText(join(directory, path)),
    write(path, text) {
      if (known.get(path) === text) return;
      const target = join(directory, path);
      makeFolderOf(target);
      writeAtomically(target, text, isSecret(path) ? 0o600 : 0o640);
      known.set(path, text);
    },
    rename(from, to) {
      makeFolderOf(join(directory, to));
      renameSync(join(directory, from), join(directory, to));
      const text = known.get(from);
      known.delete(from);
      if (text !== undefined) known.set(to, text);
    },
    remove(path) {
      rmSync(join(directory, path), { force: true });
      known.delete(path);
    },
    list(path) {
      try {
        return readdirSync(join(directory, path)).sort();
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
    refresh: () => known.clear(),
  };
}

/** The text of a file; undefined where there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes a file through a temporary one beside it, so that a reader sees the old text or the new one. */
export function writeAtomically(path: string, text: string, mode: number): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Makes a folder, or its content; where that fails, what it has made so far is removed again, and nothing else. */
export function madeWholly<Result>(directory: string, make: () => Result): Result {
  const before = existsSync(directory) ? new Set(readdirSync(directory)) : undefined;
  try {
    return make();
  } catch (error) {
    const made = before === undefined ? [''] : readdirSync(directory).filter((name) => !before.has(name));
    for (const name of made) rmSync(join(directory, name), { recursive: true, force: true });
    throw error;
  }
}

/** Removes what a killed process left of files that it was writing. */
export function removeLeftOvers(directory: string): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (/\.\d+\.tmp$/.test(name)) rmSync(join(directory, name), { force: true });
  }
}

function isSecret(path: string): boolean {
  return path.startsWith('priv/');
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
