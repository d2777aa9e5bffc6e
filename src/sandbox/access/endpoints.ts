import type { Json, JsonObject } from '../../core/json.ts';
import { parameterFailure } from '../api-error.ts';
import { normalizeAclPath } from '../check-permissions.ts';
import type { HouseCall, HouseEndpoint, SandboxState } from '../house.ts';
import { BUILT_IN_ROLES } from './roles.ts';

/** The reads below `/access` that the sandbox knows (pve-access-control: PVE/API2/). */
export const accessEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/access/permissions', handle: permissions },
  { method: 'GET', path: '/access/users', handle: users },
  { method: 'GET', path: '/access/acl', handle: acl },
  {
    method: 'GET',
    path: '/access/roles',
    handle: ({ host }) => [...host.access.roles].map(([id, privileges]) => role(id, privileges)),
  },
  { method: 'GET', path: '/access/domains', handle: () => DOMAINS },
  { method: 'GET', path: '/access/ticket', handle: () => null },
];

const DOMAINS: Json = [
  { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication' },
  { realm: 'pve', type: 'pve', comment: 'Proxmox VE authentication server' },
];

const BASE_PATHS = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms'];

function permissions(call: HouseCall): Json {
  const { host, user } = call;
  const asked = call.params['userid'];
  const id = typeof asked === 'string' ? asked : user.id;
  if (id !== user.id) call.require('/access', ['Sys.Audit']);
  const path = call.params['path'];
  const paths = typeof path === 'string' ? [checkedPath(path)] : allPaths(host);
  const result: Record<string, JsonObject> = {};
  for (const each of paths) {
    const held = host.access.privilegesWithPropagation({ id, isRoot: false }, each);
    if (held.size === 0 && path === undefined) continue;
    result[each] = Object.fromEntries([...held].map(([name, propagates]) => [name, propagates ? 1 : 0]));
  }
  return result;
}

function checkedPath(path: string): string {
  const normalized = normalizeAclPath(path);
  if (normalized === '') throw parameterFailure({ path: `invalid ACL path '${path}'` });
  return normalized;
}

function allPaths({ access }: SandboxState): Iterable<string> {
  const members = [...access.pools].flatMap(([id, { vms, storages }]) => [
    `/pool/${id}`,
    ...[...vms].map((vmid) => `/vms/${vmid}`),
    ...[...storages].map((storage) => `/storage/${storage}`),
  ]);
  return new Set([...BASE_PATHS, ...access.acl.map((rule) => rule.path), ...members]);
}

function users(call: HouseCall): Json {
  const { access } = call.host;
  const held = access.privileges(call.user, '/access/groups');
  const mayAudit = held.has('User.Modify') || held.has('Sys.Audit');
  const owner = call.user.id.split('!')[0];
  const isEnabled = call.params['enabled'];
  return [...access.users]
    .filter(([id]) => mayAudit || id === owner)
    .filter(([, user]) => isEnabled === undefined || user.enable === (isEnabled === 1))
    .map(([userid, user]) => {
      const { enable, keys: _keys, ...rest } = user;
      const row = { userid, enable: enable ? 1 : 0, 'realm-type': userid.split('@')[1] ?? '', ...rest };
      if (call.params['full'] !== 1) return row;
      const groups = [...access.groups].filter(([, members]) => members.has(userid)).map(([id]) => id);
      return { ...row, groups: groups.join(','), tokens: tokensOf(call.host, userid) };
    });
}

function tokensOf({ access }: SandboxState, userid: string): Json {
  const tokens = [...access.tokens].filter(([id]) => id.startsWith(`${userid}!`));
  if (tokens.length === 0) return null;
  return tokens.map(([id, { expire, privsep, comment }]) => ({
    ...{ tokenid: id.slice(userid.length + 1), expire, privsep: privsep ? 1 : 0 },
    ...(comment === undefined ? {} : { comment }),
  }));
}

function acl(call: HouseCall): Json {
  const { access } = call.host;
  return access.acl
    .filter((rule) => {
      const held = access.privileges(call.user, rule.path);
      return held.has('Permissions.Modify') || access.privileges(call.user, '/access').has('Sys.Audit');
    })
    .map(({ path, type, ugid, roleid, propagate }) => ({ path, type, ugid, roleid, propagate: propagate ? 1 : 0 }));
}

function role(roleid: string, privileges: readonly string[]): Json {
  const privs = [...privileges].sort().join(',');
  return { roleid, privs, ...(BUILT_IN_ROLES[roleid] === undefined ? {} : { special: 1 }) };
}
