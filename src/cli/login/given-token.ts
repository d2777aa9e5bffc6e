import { resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import type { Context } from '../contexts.ts';
import type { SettingsIo } from '../settings/family.ts';
import { readTokenFile } from '../settings/setting-files.ts';
import { variable } from '../settings/variables.ts';
import type { LoginOptions } from './login-options.ts';

/** A token that is there already, and how a context refers to it. */
export interface GivenToken {
  readonly token: string;
  readonly stored: Pick<Context, 'token' | 'tokenFile'>;
}

/**
 * The token that flags or variables give; undefined where there is none, or a user is named to log in as. A file is
 * referred to by its path, so that its secret stays in one place. Throws `USAGE` for options that contradict each other.
 */
export async function givenToken(options: LoginOptions, { env, cwd }: SettingsIo): Promise<GivenToken | undefined> {
  const { tokenFile, username, tokenName, privsep } = options;
  if (tokenFile !== undefined) {
    const other = [
      ...(username === undefined ? [] : ['--username']),
      ...(tokenName === undefined ? [] : ['--token-name']),
      ...(privsep === undefined ? [] : ['--privsep']),
    ][0];
    if (other !== undefined) {
      throw new PvevmError('USAGE', `cannot use both --token-file and ${other}`, {
        hints: ['With --token-file no token is created. Leave one of them out.'],
      });
    }
    return fromFile(tokenFile, cwd);
  }
  if (username !== undefined || tokenName !== undefined || privsep !== undefined) return undefined;
  const token = variable(env, 'PVEVM_TOKEN');
  if (token !== undefined) return { token, stored: { token } };
  const file = variable(env, 'PVEVM_TOKEN_FILE');
  return file === undefined ? undefined : fromFile(file, cwd);
}

async function fromFile(file: string, cwd: string): Promise<GivenToken> {
  return { token: await readTokenFile(file, cwd), stored: { tokenFile: resolve(cwd, file) } };
}
