import type { Json } from '../../core/json.ts';
import { failure, parameterFailure } from '../api-error.ts';
import { modifyPrivileges, normalizeAclPath } from '../check-permissions.ts';
import { splitList } from '../check-value.ts';
import { removeAclRule, setAclRule } from '../files/user-cfg.ts';
import type { AccessState } from '../host.ts';
import type { HouseCall, HouseEndpoint, SandboxAccess } from '../house.ts';
import { failingAs } from './failing-as.ts';
import { existingToken } from './tokens.ts';
import { parseUserId } from './user-id.ts';

/** Access rules (pve-access-control: PVE/API2/ACL.pm). */
export const aclEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/access/acl', handle: list },
  { method: 'PUT', path: '/access/acl', handle: update },
];

const NAME = '[A-Za-z0-9._-]+';

/** The paths that there may be rules for (PVE/AccessControl.pm, check_path). */
const PATHS = new RegExp(
  `^(?:${[
    '/',
    '/access',
    '/access/groups',
    `/access/groups/${NAME}`,
    '/access/realm',
    `/access/realm/${NAME}`,
    '/nodes',
    `/nodes/${NAME}`,
    '/pool',
    `/pool/${NAME}(?:/${NAME}){0,2}`,
    '/sdn',
    '/sdn/controllers',
    `/sdn/controllers/${NAME}`,
    '/sdn/dns',
    `/sdn/dns/${NAME}`,
    '/sdn/fabrics',
    `/sdn/fabrics/${NAME}`,
    '/sdn/ipams',
    `/sdn/ipams/${NAME}`,
    '/sdn/zones',
    `/sdn/zones/${NAME}`,
    `/sdn/zones/${NAME}/${NAME}`,
    `/sdn/zones/${NAME}/${NAME}/[1-9][0-9]{0,3}`,
    '/storage',
    `/storage/${NAME}`,
    '/vms',
    '/vms/[1-9][0-9]{2,}',
    '/mapping',
    `/mapping/${NAME}`,
    `/mapping/${NAME}/${NAME}`,
  ].join('|')})$`,
);

type Subject = Pick<AccessState['acl'][number], 'type' | 'ugid'>;

function list({ host, user }: HouseCall): Json {
  const { access } = host;
  const seesAll = access.privileges(user, '/access').has('Sys.Audit');
  return access.acl
    .filter(({ path }) => {
      const held = access.privileges(user, path);
      return seesAll || modifyPrivileges(path).some((name) => held.has(name));
    })
    .map(({ path, type, ugid, roleid, propagate }) => ({ path, type, ugid, roleid, propagate: propagate ? 1 : 0 }));
}

function update({ host, params }: HouseCall): null {
  const text = (name: string): string => String(params[name] ?? '');
  const names = ['users', 'groups', 'tokens'] as const;
  if (names.every((name) => text(name) === '')) {
    const message = `either 'users', 'groups' or 'tokens' is required.`;
    throw parameterFailure(Object.fromEntries(names.map((name) => [name, message])));
  }
  const path = text('path') === '' ? '' : normalizeAclPath(text('path'));
  const isRemoval = params['delete'] === 1;
  if (path === '' || (!isRemoval && !PATHS.test(path))) {
    throw parameterFailure({ path: `invalid ACL path '${text('path')}'` });
  }
  return failingAs('ACL update failed', () => {
    const rules = splitList(text('roles')).flatMap((roleid) => {
      if (!host.access.roles.has(roleid)) throw failure(`role '${roleid}' does not exist`);
      return subjectsOf(host.access, text).map((subject) => ({ ...subject, roleid }));
    });
    for (const rule of rules) {
      const whole = { ...rule, path, propagate: params['propagate'] !== 0 };
      if (isRemoval) removeAclRule(host.access.acl, whole);
      else setAclRule(host.access.acl, whole);
    }
    host.save();
    return null;
  });
}

function subjectsOf(access: SandboxAccess, text: (name: string) => string): readonly Subject[] {
  const groups = splitList(text('groups')).map((ugid): Subject => {
    if (!access.groups.has(ugid)) throw failure(`group '${ugid}' does not exist`);
    return { type: 'group', ugid };
  });
  const users = splitList(text('users')).map((ugid): Subject => {
    if (!access.users.has(parseUserId(ugid).userid)) throw failure(`user '${ugid}' does not exist`);
    return { type: 'user', ugid };
  });
  const tokens = splitList(text('tokens')).map((ugid): Subject => {
    const [userid = '', tokenid = ''] = ugid.split('!');
    existingToken(access, userid, tokenid);
    return { type: 'token', ugid };
  });
  return [...groups, ...users, ...tokens];
}
