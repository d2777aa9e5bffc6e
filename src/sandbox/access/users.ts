import type { Json, JsonObject } from '../../core/json.ts';
import { failure } from '../api-error.ts';
import { splitList } from '../check-value.ts';
import { hashPassword } from '../files/password-file.ts';
import type { UserEntry } from '../files/user-cfg.ts';
import type { HouseCall, HouseEndpoint, SandboxAccess } from '../house.ts';
import { failingAs } from './failing-as.ts';
import { tokensOf } from './tokens.ts';
import { existingUser, parseUserId } from './user-id.ts';

/** Users (pve-access-control: PVE/API2/User.pm). */
export const userEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/access/users', handle: list },
  { method: 'POST', path: '/access/users', handle: (call) => failingAs('create user failed', () => create(call)) },
  { method: 'GET', path: '/access/users/{userid}', handle: read },
  {
    method: 'PUT',
    path: '/access/users/{userid}',
    handle: (call) => {
      existingUser(call.host.access, String(call.params['userid']));
      return failingAs('update user failed', () => update(call));
    },
  },
  {
    method: 'DELETE',
    path: '/access/users/{userid}',
    handle: (call) => {
      existingUser(call.host.access, String(call.params['userid']));
      return failingAs('delete user failed', () => remove(call));
    },
  },
];

const TEXTS = ['firstname', 'lastname', 'email', 'comment', 'keys'] as const;
const LIST_PRIVILEGES = ['User.Modify', 'Sys.Audit'];

function list({ host, user, params }: HouseCall): Json {
  const { access } = host;
  const mayAudit = (path: string): boolean => {
    const held = access.privileges(user, path);
    return LIST_PRIVILEGES.some((name) => held.has(name));
  };
  const seesAll = mayAudit('/access/groups');
  const groups = [...access.groups].filter(([id]) => mayAudit(`/access/groups/${id}`));
  return [...access.users.keys()]
    .sort()
    .filter((userid) => seesAll || userid === user.id || groups.some(([, members]) => members.has(userid)))
    .filter((userid) => params['enabled'] === undefined || rowOf(access, userid)['enable'] === params['enabled'])
    .map((userid) => {
      const realm = access.realms.get(parseUserId(userid).realm);
      const row = { userid, ...rowOf(access, userid), ...(realm === undefined ? {} : { 'realm-type': realm.type }) };
      if (params['full'] !== 1) return row;
      const tokens = tokensOf(access, userid);
      const rows = Object.keys(tokens)
        .sort()
        .map((tokenid) => ({ tokenid, ...tokens[tokenid] }));
      return { ...row, groups: groupsOf(access, userid).join(','), tokens: rows.length === 0 ? null : rows };
    });
}

function rowOf(access: SandboxAccess, userid: string): JsonObject {
  const { enable, expire, ...rest } = existingUser(access, userid);
  // Empty fields before a filled one are empty texts in the line of `user.cfg`; of these only the e-mail shows.
  const email = rest.email === undefined && (rest.comment ?? rest.keys) !== undefined ? { email: '' } : {};
  return { enable: enable ? 1 : 0, expire, ...email, ...rest };
}

function groupsOf({ groups }: SandboxAccess, userid: string): readonly string[] {
  return [...groups].filter(([, members]) => members.has(userid)).map(([id]) => id);
}

function read({ host, params }: HouseCall): Json {
  const userid = String(params['userid']);
  const tokens = tokensOf(host.access, userid);
  return {
    ...rowOf(host.access, userid),
    groups: groupsOf(host.access, userid),
    tokens: Object.keys(tokens).length === 0 ? null : tokens,
  };
}

function create({ host, params }: HouseCall): null {
  const { access } = host;
  const { userid, realm } = parseUserId(String(params['userid']));
  if (access.users.has(userid)) throw failure(`user '${userid}' already exists`);
  const groups = existingGroups(access, params['groups']);
  if (params['password'] !== undefined) setPassword(access, userid, realm, String(params['password']));
  const entry: UserEntry = { enable: params['enable'] !== 0, expire: Number(params['expire'] ?? 0) };
  setTexts(entry, params);
  access.users.set(userid, entry);
  for (const members of groups) members.add(userid);
  host.save();
  return null;
}

function update({ host, params }: HouseCall): null {
  const { access } = host;
  const userid = String(params['userid']);
  const entry = existingUser(access, userid);
  const groups = existingGroups(access, params['groups']);
  if (params['enable'] !== undefined) entry.enable = params['enable'] === 1;
  if (params['expire'] !== undefined) entry.expire = Number(params['expire']);
  setTexts(entry, params);
  if (params['groups'] !== undefined && params['append'] !== 1) leaveGroups(access, userid);
  for (const members of groups) members.add(userid);
  host.save();
  return null;
}

function setTexts(entry: UserEntry, params: HouseCall['params']): void {
  for (const name of TEXTS) {
    if (params[name] === undefined) continue;
    if (params[name] === '') delete entry[name];
    else entry[name] = String(params[name]);
  }
}

function existingGroups({ groups }: SandboxAccess, names: HouseCall['params'][string] | undefined): Set<string>[] {
  return splitList(String(names ?? '')).map((name) => {
    const members = groups.get(name);
    if (members === undefined) throw failure(`no such group '${name}'`);
    return members;
  });
}

function leaveGroups({ groups }: SandboxAccess, userid: string): void {
  for (const members of groups.values()) members.delete(userid);
}

/** Sets a user's password; throws a 500 in a realm that keeps its own (PVE/AccessControl.pm, domain_set_password). */
export function setPassword(access: SandboxAccess, userid: string, realm: string, password: string): void {
  const type = access.realms.get(realm)?.type;
  if (type === undefined) throw failure(`auth domain '${realm}' does not exist`);
  if (type !== 'pve' && type !== 'pam') throw failure(`can't set password on auth type '${type}'`);
  access.passwords.set(userid, hashPassword(password));
}

/** A user's tokens, its rules, its memberships and its second factors go with it. */
function remove({ host, params }: HouseCall): null {
  const { access } = host;
  const userid = String(params['userid']);
  for (const tokenid of [...access.tokens.keys()]) if (tokenid.startsWith(`${userid}!`)) access.tokens.delete(tokenid);
  access.users.delete(userid);
  access.passwords.delete(userid);
  access.totp.delete(userid);
  leaveGroups(access, userid);
  const isOfUser = (ugid: string): boolean => ugid === userid || ugid.startsWith(`${userid}!`);
  const kept = access.acl.filter(({ type, ugid }) => type === 'group' || !isOfUser(ugid));
  access.acl.splice(0, access.acl.length, ...kept);
  // root@pam cannot be deleted for good: it is there again at the next reading.
  if (userid === 'root@pam') access.users.set(userid, { enable: true, expire: 0 });
  host.save();
  return null;
}
