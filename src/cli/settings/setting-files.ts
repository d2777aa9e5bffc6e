import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'you may not read it',
};

async function readSettingsFile(path: string, folder: string, what: string): Promise<string> {
  if (path.trim() === '') throw new PvevmError('CONFIG', `cannot read the ${what}: its name is empty`);
  try {
    return await readFile(resolve(folder, path), 'utf8');
  } catch (cause) {
    const reason = REASONS[(cause as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw new PvevmError('CONFIG', `cannot read the ${what} ${path}`, { cause });
    throw new PvevmError('CONFIG', `cannot read the ${what} ${path}: ${reason}`);
  }
}

/** Whether others than its owner can read a file. Windows has no such bits, and reports all of them. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  return process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0;
}

/** The API token of a file; a relative path begins at the folder. Throws `CONFIG` where others can read it, or it is empty. */
export async function readTokenFile(path: string, folder: string): Promise<string> {
  const text = (await readSettingsFile(path, folder, 'token file')).trim();
  if (await isOpenToOthers(resolve(folder, path))) {
    throw new PvevmError('CONFIG', `cannot use the token file ${path}: others can read it`, {
      hints: [`Run: chmod 600 ${path}`],
    });
  }
  if (text === '') throw new PvevmError('CONFIG', `cannot use the token file ${path}: it is empty`);
  return text;
}

/** The text of a PEM file of certificate authorities. Throws `CONFIG` where it cannot be read or holds no certificate. */
export async function readAuthorities(path: string, folder: string): Promise<string> {
  const text = await readSettingsFile(path, folder, 'file of certificate authorities');
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new PvevmError('CONFIG', `cannot use ${path}: it holds no certificate in PEM form`);
}
