import { isAbsolute, join } from 'node:path';
import { PvevmError } from '../core/error.ts';
import { nearest } from '../core/nearest.ts';
import { displayHome, homeFolder } from './home.ts';
import type { EditableContexts } from './settings/context-document.ts';
import { isOpenToOthers } from './settings/setting-files.ts';

/** How to reach one cluster: what a user has given a name. Paths begin at the folder of the file they stand in. */
export interface Context {
  /** Tried in order. */
  readonly endpoints: readonly string[];
  /** `user@realm!name=uuid`. */
  readonly token?: string;
  readonly tokenFile?: string;
  /** Its password is asked for each time. */
  readonly username?: string;
  readonly ca?: string;
  readonly fingerprints?: readonly string[];
  readonly insecure?: boolean;
  /** The audit log of what is done through it. */
  readonly audit?: string;
}

/** The contexts of a user. */
export interface ContextFile {
  readonly path: string;
  /** The name of the context that is used where nothing else is said. */
  readonly current?: string;
  readonly contexts: ReadonlyMap<string, Context>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const CONTEXT_NAME = /^[\p{L}\p{N}][\p{L}\p{N}_.@-]{0,63}$/u;

function findPath(env: Environment): string | undefined {
  const configured = env['XDG_CONFIG_HOME'] ?? '';
  // The XDG specification has relative paths ignored.
  if (isAbsolute(configured)) return join(configured, 'pvevm', 'config.yaml');
  const roaming = process.platform === 'win32' ? (env['APPDATA'] ?? '') : '';
  if (roaming !== '') return join(roaming, 'pvevm', 'config.yaml');
  const home = homeFolder(env);
  return home === undefined ? undefined : join(home, '.config', 'pvevm', 'config.yaml');
}

/**
 * The file of the user's contexts: `pvevm/config.yaml` in `$XDG_CONFIG_HOME`, `%APPDATA%` on Windows, or `~/.config`.
 * Throws `CONFIG` where the environment names no home folder.
 */
export function contextFilePath(env: Environment): string {
  const path = findPath(env);
  if (path !== undefined) return path;
  throw new PvevmError('CONFIG', 'cannot tell where contexts are kept: HOME is not set', {
    hints: ['Set HOME or XDG_CONFIG_HOME.'],
  });
}

/**
 * Reads the user's contexts; none where there is no file, or nothing in it. Throws `CONFIG` where it cannot be read, is
 * wrong, or holds a token and others than its owner can read it.
 */
export async function readContexts(env: Environment): Promise<ContextFile> {
  const path = findPath(env);
  if (path === undefined) return { path: '~/.config/pvevm/config.yaml', contexts: new Map() };
  const shown = displayHome(path, env);
  const { readContextText } = await import('./settings/context-document.ts');
  const text = await readContextText(path, shown);
  if (text === undefined) return { path, contexts: new Map() };
  const { parseContexts } = await import('./settings/parse-contexts.ts');
  const { current, contexts } = parseContexts(shown, text);
  const holdsSecret = [...contexts.values()].some(({ token }) => token !== undefined);
  if (holdsSecret && (await isOpenToOthers(path))) {
    throw new PvevmError('CONFIG', `cannot use the contexts in ${shown}: others can read it, and it holds a token`, {
      hints: [`Run: chmod 600 ${shown}`],
    });
  }
  return { path, ...(current === undefined ? {} : { current }), contexts };
}

/** The context of a name; `by` says what has named it. Throws `CONFIG` with the nearest name where there is none. */
export function contextNamed({ contexts }: ContextFile, name: string, by?: string): Context {
  const context = contexts.get(name);
  if (context !== undefined) return context;
  const names = [...contexts.keys()];
  const near = nearest(name, names);
  const asked = by === undefined ? '' : `, which ${by} names`;
  throw new PvevmError('CONFIG', `there is no context '${name}'${asked}`, {
    hints: [
      ...(near === undefined ? [] : [`Did you mean ${near}?`]),
      names.length === 0 ? 'There are none yet. Run pvevm login to add one.' : `There are: ${names.join(', ')}.`,
    ],
  });
}

async function edit(env: Environment, change: (file: EditableContexts) => void): Promise<void> {
  const path = contextFilePath(env);
  const { editContextFile } = await import('./settings/context-document.ts');
  await editContextFile(path, displayHome(path, env), change);
}

/** Throws `CONFIG` where no context could be written: for want of a home folder, or of the right to write there. */
export async function checkContextsCanBeWritten(env: Environment): Promise<void> {
  const path = contextFilePath(env);
  const { checkContextsWritable } = await import('./settings/context-document.ts');
  await checkContextsWritable(path, displayHome(path, env));
}

/** Throws `CONFIG` for a name that cannot be one of a context. */
export function checkContextName(name: string): void {
  if (CONTEXT_NAME.test(name)) return;
  throw new PvevmError('CONFIG', 'cannot use that as the name of a context', {
    hints: ['A name has up to 64 letters, digits, dots, hyphens and underscores, and begins with a letter or digit.'],
  });
}

/**
 * Writes a context, in place of one of the same name; with `use`, or where it is the first one, it becomes the current
 * one. Throws `CONFIG` for a name that cannot be one, and where the file is wrong or cannot be written.
 */
export async function saveContext(
  env: Environment,
  name: string,
  context: Context,
  { use = false }: { readonly use?: boolean } = {},
): Promise<void> {
  checkContextName(name);
  // A file that is wrong is for its owner to correct.
  await readContexts(env);
  const { endpoints, token, tokenFile, username, ca, fingerprints, insecure } = context;
  await edit(env, (file) => {
    if (use || file.isEmpty) file.setCurrent(name);
    file.setContext(name, { endpoints, token, tokenFile, username, ca, fingerprints, insecure });
  });
}

/** Makes a context the current one. Throws `CONFIG` where there is none of that name. */
export async function useContext(env: Environment, name: string): Promise<void> {
  contextNamed(await readContexts(env), name);
  await edit(env, (file) => file.setCurrent(name));
}

/** Removes a context; where it was the current one, none is afterwards. Throws `CONFIG` where there is none of that name. */
export async function removeContext(env: Environment, name: string): Promise<void> {
  const contexts = await readContexts(env);
  contextNamed(contexts, name);
  await edit(env, (file) => {
    file.removeContext(name);
    if (contexts.current === name) file.setCurrent(undefined);
  });
}
