import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Code that V8 has compiled before, kept in a file of the user's. */
export interface CodeCache {
  /** What is kept; undefined where there is nothing of use. */
  read(): Buffer | undefined;
  /** Keeps it for the next run. Never throws: without it the next run is slower. */
  keep(code: Buffer): void;
}

const HEADER_BYTES = 128;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * V8 runs what it is given, whole or not: it looks at the versions and the length alone (v8: code-serializer.cc). One byte
 * that is not what it was can make other code of it.
 */
function sumOf(code: Buffer): number {
  // Where nothing is kept, nothing of this is loaded.
  return process.getBuiltinModule('node:zlib').crc32(code);
}

function headerOf(script: string, code: Buffer): string {
  return `pvevm ${script} ${process.version} ${process.arch} ${code.length} ${sumOf(code)}`.padEnd(HEADER_BYTES, ' ');
}

/** Whether something belongs to the user, and nobody else can write it. */
function isOwn({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return uid === process.getuid?.() && (mode & WRITABLE_BY_OTHERS) === 0;
}

/** The folder that must be there already, and those below it that are made: the last is that of the cache. */
interface CachePlace {
  readonly base: string;
  readonly folders: readonly string[];
}

/** The user's folder for caches, as the variables say it. */
function placeOf(env: NodeJS.ProcessEnv): CachePlace | undefined {
  const { NODE_DISABLE_COMPILE_CACHE: disabled, XDG_CACHE_HOME: cache = '', HOME: home = '' } = env;
  if (disabled !== undefined && disabled !== '') return undefined;
  if (isAbsolute(cache)) return { base: cache, folders: [join(cache, 'pvevm')] };
  return isAbsolute(home) ? { base: home, folders: [join(home, '.cache'), join(home, '.cache', 'pvevm')] } : undefined;
}

/** Makes a folder that nobody else may look into, where it is not there. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function readOwn(file: string): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    return isOwn(fstatSync(descriptor)) ? readFileSync(descriptor) : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Writes a file whole or not at all, to the disk, so that a crash of the machine leaves none that begins well. */
function writeWhole(file: string, header: string, code: Buffer): void {
  const beside = `${file}.${process.pid}`;
  try {
    const descriptor = openSync(beside, 'wx', 0o600);
    try {
      writeSync(descriptor, Buffer.concat([Buffer.from(header, 'latin1'), code]));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, file);
  } catch {
    rmSync(beside, { force: true });
  }
}

/**
 * The cache of a script's compiled code, in `$XDG_CACHE_HOME/pvevm` or `~/.cache/pvevm`: one file for each script and
 * version of Node. Undefined where `NODE_DISABLE_COMPILE_CACHE` is set, on Windows, and where there is
 * no home. Code is run that is read from there, so what others own or can write is neither read nor written.
 */
export function createCodeCache(script: string, env: NodeJS.ProcessEnv): CodeCache | undefined {
  const place = process.getuid === undefined ? undefined : placeOf(env);
  if (place === undefined) return undefined;
  const { base, folders } = place;
  const folder = folders.at(-1) as string;
  // What a build of pvevm has added to the name goes away, so that the next one takes the file over.
  const name = script.replace(/(?:-[A-Z0-9]+)?\.cjs$/, '');
  const file = join(folder, `${name}-${process.version}-${process.arch}.bin`);
  return {
    read: () => {
      const content = readOwn(file);
      if (content === undefined || content.length <= HEADER_BYTES) return undefined;
      const code = content.subarray(HEADER_BYTES);
      return content.toString('latin1', 0, HEADER_BYTES) === headerOf(script, code) ? code : undefined;
    },
    keep: (code) => {
      try {
        if (!isOwn(statSync(base))) return;
        // Not by `recursive`, which tries again for ever below a folder that takes none, as /proc.
        for (const each of folders) makeFolder(each);
        if (isOwn(statSync(folder))) writeWhole(file, headerOf(script, code), code);
      } catch {
        // A folder that cannot be written is no reason to say anything.
      }
    },
  };
}
