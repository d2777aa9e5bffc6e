import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';

async function readSettingsFile(path: string, folder: string, what: string): Promise<string> {
  try {
    return await readFile(resolve(folder, path), 'utf8');
  } catch (cause) {
    throw new PvevmError('CONFIG', `cannot read the ${what} ${path}`, { cause });
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
