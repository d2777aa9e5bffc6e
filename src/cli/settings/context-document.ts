import { mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Document, isMap, isScalar, parseDocument } from 'yaml';
import { PvevmError } from '../../core/error.ts';

/** What can be changed in the file of contexts. */
export interface EditableContexts {
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
  return {
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

/** Writes the whole file or nothing of it: a temporary file beside it takes its place. */
async function writeFileText(path: string, text: string, shown: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // A file that is a link into somebody's collection of settings stays one.
    const target = await realpath(path).catch(() => path);
    const temporary = `${target}.${process.pid}.tmp`;
    try {
      const handle = await open(temporary, 'w', 0o600);
      try {
        await handle.chmod(0o600);
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (cause) {
    throw new PvevmError('CONFIG', `cannot write the contexts to ${shown}`, { cause });
  }
}

/**
 * Changes the file of contexts, and makes it where there is none; comments and the order of what is not touched stay.
 * Throws `CONFIG` where it cannot be read or written.
 */
export async function editContextFile(
  path: string,
  shown: string,
  edit: (file: EditableContexts) => void,
): Promise<void> {
  const document = parseDocument((await readContextText(path, shown)) ?? '');
  if (document.contents === null) document.setIn([], document.createNode({}));
  edit(editable(document));
  await writeFileText(path, document.toString({ lineWidth: 0 }), shown);
}
