import { failure } from '../api-error.ts';
import { isPassword } from '../files/password-file.ts';
import type { SandboxAccess } from '../house.ts';
import { parseUserId } from './user-id.ts';

/** Throws a 500 where this is not the user's password (pve-access-control: PVE/Auth/PVE.pm, authenticate_user). */
export function checkPassword(
  { realms, passwords }: Pick<SandboxAccess, 'realms' | 'passwords'>,
  userid: string,
  password: string,
): void {
  const { realm } = parseUserId(userid);
  if (!realms.has(realm)) throw failure(`auth domain '${realm}' does not exist`);
  const hash = passwords.get(userid);
  if (hash === undefined) throw failure('no password set');
  if (!isPassword(hash, password)) throw failure('invalid credentials');
}
