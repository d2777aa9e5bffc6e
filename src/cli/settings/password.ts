import { PvevmError } from '../../core/error.ts';
import type { Credentials } from '../../pve/authentication/credentials.ts';
import { askSecret } from '../ask.ts';
import type { SettingsIo } from './family.ts';
import { withRealm } from './variables.ts';

/** What is known of a user who signs in with a password. */
export interface PasswordSettings {
  readonly username: string;
  /** Asked for where it is absent. */
  readonly password?: string | undefined;
  readonly otp?: string | undefined;
  /** What to do where the password is absent and nobody is there to be asked. */
  readonly remedy: string;
}

/**
 * The credentials of a user with a password, which is asked for where it is absent; a one-time code is asked for where
 * the server wants one. Throws `CONFIG` where it is absent and standard input is no terminal.
 */
export async function passwordCredentials(settings: PasswordSettings, io: SettingsIo): Promise<Credentials> {
  const { otp, remedy } = settings;
  const username = withRealm(settings.username);
  const isTerminal = io.stdin.isTTY === true;
  if (settings.password === undefined && !isTerminal) {
    throw new PvevmError('CONFIG', `cannot ask for the password of ${username}: standard input is no terminal`, {
      hints: [remedy],
    });
  }
  const password = settings.password ?? (await askSecret(`Password of ${username}: `, io));
  return {
    ...{ type: 'password', username, password },
    ...(otp === undefined ? {} : { otp }),
    ...(isTerminal ? { askOtp: () => askSecret(`One-time code of ${username}: `, io) } : {}),
  };
}
