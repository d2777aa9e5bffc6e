import { PvevmError } from '../../core/error.ts';
import { isObject } from '../../core/json.ts';
import { unexpected } from '../../pve/decode.ts';
import type { PveClient } from '../../pve/reader.ts';

/** A token that was just made. */
export interface CreatedToken {
  /** `user@realm!name`. */
  readonly id: string;
  readonly userid: string;
  readonly name: string;
  /** `user@realm!name=uuid`. */
  readonly token: string;
  readonly privsep: boolean;
}

// pve-access-control: PVE/AccessControl.pm, $token_subid_regex.
const TOKEN_NAME = /^[A-Za-z][A-Za-z0-9.\-_]+$/;
const TRIES = 50;
const PATH = '/access/users/{userid}/token/{tokenid}';

/** The name of the token for a machine: `pvevm-` and what of the first part of its host name a token's name may hold. */
export function tokenNameFor(hostname: string): string {
  const own = (hostname.split('.')[0] ?? '').replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '');
  return own === '' ? 'pvevm' : `pvevm-${own.slice(0, 40)}`;
}

function isTaken(error: unknown): boolean {
  // pve-access-control: PVE/API2/User.pm, generate_token (recorded).
  return error instanceof PvevmError && /already exists/.test(error.parameters['tokenid'] ?? '');
}

function tokenOf(userid: string, name: string, privsep: boolean, data: unknown): CreatedToken {
  const value: unknown = isObject(data) ? data['value'] : undefined;
  if (typeof value !== 'string') throw unexpected(PATH, 'it holds no value');
  const id = `${userid}!${name}`;
  return { id, userid, name, token: `${id}=${value}`, privsep };
}

/**
 * Creates an API token of the user who is logged in. A name that was asked for and is taken is `ID_TAKEN`; otherwise the
 * next number is appended. An existing token is never changed: its secret is in use somewhere.
 */
export async function createToken(
  client: PveClient,
  userid: string,
  name: { readonly asked?: string; readonly hostname: string },
  privsep: boolean,
): Promise<CreatedToken> {
  const first = name.asked ?? tokenNameFor(name.hostname);
  if (!TOKEN_NAME.test(first)) {
    throw new PvevmError('USAGE', 'cannot use that as the name of a token', {
      hints: ['It begins with a letter, and has letters, digits, dots, hyphens and underscores; at least two.'],
    });
  }
  const params = {
    privsep: privsep ? 1 : 0,
    comment: `pvevm on ${tokenNameFor(name.hostname).replace(/^pvevm-/, '')}`,
  };
  for (let number = 1; number <= TRIES; number += 1) {
    const tokenid = number === 1 ? first : `${first}-${number}`;
    try {
      return tokenOf(userid, tokenid, privsep, await client.post(PATH, { path: { userid, tokenid }, params }));
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (name.asked !== undefined) break;
    }
  }
  throw new PvevmError('ID_TAKEN', `cannot create the token ${userid}!${first}: there is one of that name`, {
    hints: ['Take another name: --token-name NAME.', `Or remove it first: ${removalCommand(userid, first)}`],
  });
}

/** The command that removes a token, to be run on a node. */
export function removalCommand(userid: string, name: string): string {
  return `pveum user token remove ${userid} ${name}`;
}
