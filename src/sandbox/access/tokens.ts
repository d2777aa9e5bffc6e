import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../../core/json.ts';
import { failure, parameterFailure } from '../api-error.ts';
import { splitList } from '../check-value.ts';
import type { AccessState } from '../host.ts';
import type { HouseCall, HouseEndpoint, SandboxAccess } from '../house.ts';
import { existingUser } from './user-id.ts';

/** API tokens (pve-access-control: PVE/API2/User.pm). */
export const tokenEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/access/users/{userid}/token', handle: list },
  { method: 'GET', path: '/access/users/{userid}/token/{tokenid}', handle: (call) => rowOf(existing(call)) },
  { method: 'POST', path: '/access/users/{userid}/token/{tokenid}', handle: create },
  { method: 'PUT', path: '/access/users/{userid}/token/{tokenid}', handle: update },
  { method: 'DELETE', path: '/access/users/{userid}/token/{tokenid}', handle: remove },
];

type Token = AccessState['tokens'] extends Map<string, infer Entry> ? Entry : never;

/** What a user's tokens are like, by the name of each; never their secrets. */
export function tokensOf({ tokens }: Pick<AccessState, 'tokens'>, userid: string): Record<string, JsonObject> {
  const own = [...tokens].filter(([id]) => id.startsWith(`${userid}!`));
  return Object.fromEntries(own.map(([id, token]) => [id.slice(userid.length + 1), rowOf(token)]));
}

/** Throws a 500 where there is no such token (PVE/AccessControl.pm, check_token_exist). */
export function existingToken(access: SandboxAccess, userid: string, tokenid: string): Token {
  existingUser(access, userid);
  const token = access.tokens.get(`${userid}!${tokenid}`);
  if (token === undefined) throw failure(`no such token '${tokenid}' for user '${userid}'`);
  return token;
}

function rowOf({ privsep, expire, comment }: Token): JsonObject {
  return { privsep: privsep ? 1 : 0, expire, ...(comment === undefined ? {} : { comment }) };
}

function idsOf({ params }: HouseCall): { userid: string; tokenid: string; full: string } {
  const [userid, tokenid] = [String(params['userid']), String(params['tokenid'])];
  return { userid, tokenid, full: `${userid}!${tokenid}` };
}

function existing(call: HouseCall): Token {
  const { userid, tokenid } = idsOf(call);
  return existingToken(call.host.access, userid, tokenid);
}

function list({ host, params }: HouseCall): Json {
  const userid = String(params['userid']);
  existingUser(host.access, userid);
  return Object.entries(tokensOf(host.access, userid)).map(([tokenid, row]) => ({ tokenid, ...row }));
}

/** What was just given comes back as text, even where it is a number everywhere else. */
function asGiven({ params }: HouseCall): JsonObject {
  const given = (['privsep', 'expire'] as const).filter((name) => params[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, String(params[name])]));
}

function create(call: HouseCall): Json {
  const { host, params } = call;
  const { userid, full } = idsOf(call);
  existingUser(host.access, userid);
  if (host.access.tokens.has(full)) throw parameterFailure({ tokenid: 'Token already exists.' });
  const comment = String(params['comment'] ?? '');
  const token: Token = {
    secret: randomUUID(),
    privsep: params['privsep'] !== 0,
    expire: Number(params['expire'] ?? 0),
    ...(comment === '' ? {} : { comment }),
  };
  host.access.tokens.set(full, token);
  host.save();
  const info = { privsep: 1, ...(comment === '' ? {} : { comment }), ...asGiven(call) };
  return { 'full-tokenid': full, value: token.secret, info };
}

function update(call: HouseCall): Json {
  const { host, params } = call;
  const { full } = idsOf(call);
  const { secret, ...before } = existing(call);
  const dropped = new Set(splitList(String(params['delete'] ?? '')));
  const comment = String(params['comment'] ?? '') || (dropped.has('comment') ? '' : (before.comment ?? ''));
  const token: Token = {
    secret: params['regenerate'] === 1 ? randomUUID() : secret,
    privsep: params['privsep'] === undefined ? before.privsep || dropped.has('privsep') : params['privsep'] === 1,
    expire: Number(params['expire'] ?? (dropped.has('expire') ? 0 : before.expire)),
    ...(comment === '' ? {} : { comment }),
  };
  host.access.tokens.set(full, token);
  host.save();
  const fresh = params['regenerate'] === 1 ? { 'full-tokenid': full, value: token.secret } : {};
  return { ...rowOf(token), ...asGiven(call), ...fresh };
}

/** A token's rules go with it: they name one that is not there any more. */
function remove(call: HouseCall): null {
  const { access } = call.host;
  const { full } = idsOf(call);
  existing(call);
  access.tokens.delete(full);
  const kept = access.acl.filter(({ type, ugid }) => type !== 'token' || ugid !== full);
  access.acl.splice(0, access.acl.length, ...kept);
  call.host.save();
  return null;
}
