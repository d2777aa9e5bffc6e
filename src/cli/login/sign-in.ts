import { PvevmError } from '../../core/error.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Credentials } from '../../pve/authentication/credentials.ts';
import { normalizeUsername, type Realm } from '../../pve/authentication/realms.ts';
import { askLine } from '../ask.ts';
import type { SettingsIo } from '../settings/family.ts';
import { passwordCredentials } from '../settings/password.ts';
import { secretVariable, variable } from '../settings/variables.ts';
import type { LoginOptions } from './login-options.ts';

const REMEDY = 'Set PVEVM_USERNAME and PVEVM_PASSWORD, or give an API token: --token-file FILE or PVEVM_TOKEN.';

/** What the web interface would offer: the default realm has its own users, and only pam has root. */
function offeredUser(realms: readonly Realm[]): string {
  const preferred = realms.find((realm) => realm.default)?.realm ?? 'pam';
  return preferred === 'pam' ? 'root@pam' : '';
}

async function askUser(realms: readonly Realm[], io: SettingsIo): Promise<string> {
  const offered = offeredUser(realms);
  const names = realms.map(({ realm, default: isDefault }) => `${sanitizeLine(realm)}${isDefault ? ' (default)' : ''}`);
  if (names.length > 0) io.stderr.write(`Realms: ${names.join(', ')}. A user without one is @pam.\n`);
  const answer = await askLine(offered === '' ? 'User@realm: ' : `User@realm [${offered}]: `, io, offered);
  if (answer !== '') return answer;
  throw new PvevmError('CONFIG', 'cannot log in: no user was given');
}

/** The user to log in as, from flag, variable or a question, with its password. Throws `CONFIG` where nobody can be asked. */
export async function signIn(options: LoginOptions, realms: readonly Realm[], io: SettingsIo): Promise<Credentials> {
  const given = options.username ?? variable(io.env, 'PVEVM_USERNAME');
  if (given === undefined && io.stdin.isTTY !== true) {
    throw new PvevmError('CONFIG', 'cannot log in: no user is given, and standard input is no terminal', {
      hints: [REMEDY],
    });
  }
  const username = normalizeUsername(given ?? (await askUser(realms, io)));
  const password = secretVariable(io.env, 'PVEVM_PASSWORD');
  return passwordCredentials({ username, password, otp: variable(io.env, 'PVEVM_OTP'), remedy: REMEDY }, io);
}
