import { constants } from 'node:fs';
import { access, mkdir, readFile, readlink, realpath, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Document, isMap, isScalar, parseDocument } from 'yaml';
import type { Clock } from '../../core/clock.ts';
import { PvevmError } from '../../core/error.ts';
import { systemClock } from '../../pve/clock.ts';
import { cannotWrite, writeBeside } from '../files/write-beside.ts';
import { type OwnedLock, takeLock } from './owned-lock.ts';

/** What can be changed in the file of contexts. */
export interface EditableContexts {
  /** Whether it holds no context yet. */
  readonly isEmpty: boolean;
  /** Sets keys of a context, or with `undefined` removes them. */
  setContext(name: string, values: Readonly<Record<string, unknown>>): void;
  removeContext(name: string): void;
  setCurrent(name: string | undefined): void;
}

/** The text of the file of contexts; undefined where there is none. Throws `CONFIG` where it cannot be read. */
export async function readContextText(path: string, shown: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const reason = { EISDIR: 'it is a folder', EACCES: 'you may not read it' }[code ?? ''];
    throw new PvevmError('CONFIG', `cannot read the contexts in ${shown}${reason === undefined ? '' : `: ${reason}`}`, {
      ...(reason === undefined ? { cause } : {}),
    });
  }
}

/** The keys of a map that lead to a name; YAML reads some names as numbers. */
function keyOf(document: Document, name: string): unknown {
  const contexts = document.get('contexts');
  const keys = isMap(contexts) ? contexts.items.map(({ key }) => key).filter(isScalar) : [];
  return keys.find(({ value, source }) => value === name || source === name)?.value ?? name;
}

function editable(document: Document): EditableContexts {
  const contexts = document.get('contexts');
  return {
    isEmpty: !isMap(contexts) || contexts.items.length === 0,
    setContext: (name, values) => {
      const key = keyOf(document, name);
      // Where there is no map, or a null, there is nothing to keep.
      if (!isMap(document.getIn(['contexts']))) document.set('contexts', document.createNode({}));
      if (!isMap(document.getIn(['contexts', key]))) document.setIn(['contexts', key], document.createNode({}));
      for (const [setting, value] of Object.entries(values)) {
        const path = ['contexts', key, setting];
        if (value === undefined) document.deleteIn(path);
        else document.setIn(path, typeof value === 'object' ? document.createNode(value) : value);
      }
    },
    removeContext: (name) => {
      document.deleteIn(['contexts', keyOf(document, name)]);
    },
    setCurrent: (name) => {
      if (name === undefined) document.delete('current');
      else document.set('current', name);
    },
  };
}

// An edit takes milliseconds.
const LOCK_TRIES = 40;
const LOCK_PAUSE_MS = 50;
const MOST_LINKS = 40;

/** The file that a path leads to, there or not: a link into somebody's collection of settings stays one. */
async function targetOf(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links < MOST_LINKS; links += 1) {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const link = await readlink(target).catch(() => undefined);
    if (link === undefined) return target;
    target = resolve(await realpath(dirname(target)), link);
  }
  return target;
}

/** Throws `CONFIG` where the file of contexts could not be written: before something is made that only it would hold. */
export async function checkContextsWritable(path: string, shown: string): Promise<void> {
  try {
    await access(dirname(await targetOf(path)), constants.W_OK);
  } catch (cause) {
    throw cannotWrite(`the contexts to ${shown}`, cause);
  }
}

/** Keeps other writers out. Throws `CONFIG` where one stays. */
async function lockContexts(target: string, shown: string, clock: Clock): Promise<OwnedLock> {
  const path = `${target}.lock`;
  const lock = await takeLock(path, { clock, tries: LOCK_TRIES, pauseMs: LOCK_PAUSE_MS });
  if (lock !== undefined) return lock;
  throw new PvevmError('CONFIG', `cannot write the contexts to ${shown}: another pvevm is writing them`, {
    hints: [`Run the command again. Where no other pvevm runs, remove what one has left behind: rm ${path}`],
  });
}

/**
 * Changes the file of contexts, and makes it where there is none: all of it or nothing, and one writer after the other.
 * Comments and the order of what is not touched stay. Throws `CONFIG` where it cannot be read or written.
 */
export async function editContextFile(
  path: string,
  shown: string,
  edit: (file: EditableContexts) => void,
  clock: Clock = systemClock,
): Promise<void> {
  try {
    const target = await targetOf(path);
    const lock = await lockContexts(target, shown, clock);
    try {
      const document = parseDocument((await readContextText(path, shown)) ?? '');
      if (document.contents === null) document.setIn([], document.createNode({}));
      edit(editable(document));
      const put = async (temporary: string): Promise<void> => {
        if (!(await lock.isOurs())) throw new Error('another pvevm has taken the lock');
        await rename(temporary, target);
      };
      await writeBeside(target, document.toString({ lineWidth: 0 }), put, 0o600);
    } finally {
      await lock.release();
    }
  } catch (cause) {
    throw cannotWrite(`the contexts to ${shown}`, cause);
  }
}
