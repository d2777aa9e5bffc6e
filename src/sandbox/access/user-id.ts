import { failure } from '../api-error.ts';

/** A user's id, taken apart. */
export interface UserId {
  /** `user@realm`. */
  readonly userid: string;
  readonly name: string;
  readonly realm: string;
}

/** Takes `user@realm` apart; throws a 500 for what is none (pve-access-control: PVE/Auth/Plugin.pm, verify_username). */
export function parseUserId(text: string): UserId {
  if (text.length < 3) throw failure(`user name '${text}' is too short`);
  if (text.length > 64) throw failure(`user name '${text}' is too long (${text.length} > 64)`);
  const [, name, realm] = /^([^\s:/]+)@([A-Za-z][A-Za-z0-9.\-_]+)$/.exec(text) ?? [];
  if (name === undefined || realm === undefined) {
    throw failure(`value '${text}' does not look like a valid user name`);
  }
  return { userid: text, name, realm };
}

/** The entry of a user; throws a 500 where there is none (PVE/AccessControl.pm, check_user_exist). */
export function existingUser<Entry>({ users }: { readonly users: ReadonlyMap<string, Entry> }, userid: string): Entry {
  const entry = users.get(parseUserId(userid).userid);
  if (entry === undefined) throw failure(`no such user ('${userid}')`);
  return entry;
}

/** Throws where a user does not exist, is disabled or has expired (PVE/AccessControl.pm, check_user_enabled). */
export function checkUserEnabled(
  access: { readonly users: ReadonlyMap<string, { readonly enable: boolean; readonly expire: number }> },
  userid: string,
  now: number,
): void {
  const { enable, expire } = existingUser(access, userid);
  if (!enable) throw failure(`user '${userid}' is disabled`);
  if (expire !== 0 && expire * 1000 < now) throw failure(`user '${userid}' access expired`);
}
