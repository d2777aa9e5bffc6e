import { randomBytes, scryptSync } from 'node:crypto';
import { isEqual } from '../access/tickets.ts';

/** Where a sandbox keeps passwords: Proxmox VE has those of PAM users elsewhere, and knows hashes that Node does not. */
export const PASSWORD_FILE = 'priv/sandbox-passwords';

/** Reads the file of passwords: user id to hash. */
export function parsePasswords(text: string): Map<string, string> {
  const result = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [userid, hash] = line.split(':');
    if (userid !== undefined && hash !== undefined) result.set(userid, hash);
  }
  return result;
}

/** The text of the file of passwords. */
export function formatPasswords(passwords: ReadonlyMap<string, string>): string {
  return [...passwords]
    .sort()
    .map(([userid, hash]) => `${userid}:${hash}\n`)
    .join('');
}

/** A password's salted hash, as `$scrypt$SALT$HASH`. */
export function hashPassword(password: string, salt: string = randomBytes(12).toString('base64url')): string {
  // A cheap hash: the secrets of a simulated host guard nothing, and every start of one makes some.
  return `$scrypt$${salt}$${scryptSync(password, salt, 24, { N: 1024 }).toString('base64url')}`;
}

/** Whether a password has this hash. */
export function isPassword(hash: string, password: string): boolean {
  const [, kind, salt] = hash.split('$');
  return kind === 'scrypt' && salt !== undefined && isEqual(hash, hashPassword(password, salt));
}
