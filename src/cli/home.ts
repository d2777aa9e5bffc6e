import { join, sep } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The user's home folder; undefined where the environment names none. */
export function homeFolder(env: Environment): string | undefined {
  const home = env['HOME'] ?? (process.platform === 'win32' ? env['USERPROFILE'] : undefined) ?? '';
  return home === '' ? undefined : home;
}

/** A path in which a leading `~/` has become the home folder. */
export function expandHome(path: string, env: Environment): string {
  const home = homeFolder(env);
  return home !== undefined && /^~[\\/]/.test(path) ? join(home, path.slice(2)) : path;
}

/** A path as messages show it: with `~` for the home folder. */
export function displayHome(path: string, env: Environment): string {
  const home = homeFolder(env);
  const inside = home !== undefined && home !== sep && path.startsWith(home.endsWith(sep) ? home : home + sep);
  return inside ? `~${path.slice(home.replace(/[\\/]$/, '').length)}` : path;
}
