import { BUILT_IN_ROLES } from '../access/roles.ts';
import { decodeText, encodeText } from '../encode-text.ts';
import type { AccessState } from '../host.ts';

/** A user with what `user.cfg` says beyond the interface. */
export interface UserEntry {
  enable: boolean;
  /** Seconds since the epoch; 0: never. */
  expire: number;
  comment?: string;
  firstname?: string;
  lastname?: string;
  email?: string;
  keys?: string;
}

/** What `user.cfg` holds; the secrets of tokens stand in `priv/token.cfg`. */
export interface UserCfg {
  readonly users: Map<string, UserEntry>;
  readonly tokens: AccessState['tokens'];
  readonly groups: Map<string, Set<string>>;
  readonly groupComments: Map<string, string>;
  readonly pools: AccessState['pools'];
  readonly roles: Map<string, readonly string[]>;
  readonly acl: AccessState['acl'];
}

const itemsOf = (text: string | undefined): readonly string[] =>
  (text ?? '').split(/[,;\s]+/).filter((item) => item !== '');

/**
 * Reads `user.cfg` and `priv/token.cfg` (pve-access-control: PVE/AccessControl.pm, parse_user_config). `builtIn` are the
 * roles that the version makes itself.
 */
export function parseUserCfg(
  text: string,
  tokenText: string,
  builtIn: Readonly<Record<string, readonly string[]>> = BUILT_IN_ROLES,
): UserCfg {
  const secrets = new Map(
    tokenText.split('\n').map((line) => [line.split(/\s+/)[0] ?? '', line.split(/\s+/)[1] ?? '']),
  );
  const result: UserCfg = {
    users: new Map(),
    tokens: new Map(),
    groups: new Map(),
    groupComments: new Map(),
    pools: new Map(),
    roles: new Map(Object.entries(builtIn)),
    acl: [],
  };
  for (const line of text.split('\n')) {
    const [type, ...fields] = line.trim().split(':').map(decodeText);
    const [first = '', second = '', third = '', fourth = ''] = fields;
    if (type === 'user') result.users.set(first, userOf(fields));
    else if (type === 'token') {
      const comment = fourth === '' ? {} : { comment: fourth };
      const secret = secrets.get(first) ?? '';
      result.tokens.set(first, { secret, expire: Number(second), privsep: third !== '0', ...comment });
    } else if (type === 'group') {
      result.groups.set(first, new Set(itemsOf(second)));
      if (third !== '') result.groupComments.set(first, third);
    } else if (type === 'pool') {
      const vms = new Set(itemsOf(third).map(Number));
      result.pools.set(first, { comment: second, vms, storages: new Set(itemsOf(fourth)) });
    } else if (type === 'role' && builtIn[first] === undefined) result.roles.set(first, itemsOf(second));
    else if (type === 'acl') readAcl(result, first !== '0', second, itemsOf(third), itemsOf(fourth));
  }
  if (!result.users.has('root@pam')) result.users.set('root@pam', { enable: true, expire: 0 });
  return result;
}

function userOf(fields: readonly string[]): UserEntry {
  const [, enable, expire, firstname = '', lastname = '', email = '', comment = '', keys = ''] = fields;
  const texts = Object.entries({ firstname, lastname, email, comment, keys }).filter(([, text]) => text !== '');
  return { enable: enable !== '0', expire: Number(expire ?? 0), ...Object.fromEntries(texts) };
}

/** Adds a rule; one that differs only in its propagation is replaced. */
export function setAclRule(acl: UserCfg['acl'], rule: UserCfg['acl'][number]): void {
  removeAclRule(acl, rule);
  acl.push(rule);
}

/** Removes a rule, whether it propagates or not. */
export function removeAclRule(acl: UserCfg['acl'], rule: UserCfg['acl'][number]): void {
  const at = acl.findIndex(
    ({ path, type, ugid, roleid }) =>
      path === rule.path && type === rule.type && ugid === rule.ugid && roleid === rule.roleid,
  );
  if (at !== -1) acl.splice(at, 1);
}

function readAcl(
  result: UserCfg,
  propagate: boolean,
  path: string,
  ugids: readonly string[],
  roles: readonly string[],
): void {
  for (const ugid of ugids) {
    const type = ugid.startsWith('@') ? 'group' : ugid.includes('!') ? 'token' : 'user';
    const plain = type === 'group' ? ugid.slice(1) : ugid;
    if (type === 'token' && !result.tokens.has(plain)) continue;
    for (const roleid of roles) {
      if (result.roles.has(roleid)) setAclRule(result.acl, { path, type, ugid: plain, roleid, propagate });
    }
  }
}

/** The text of `user.cfg`, sorted as Proxmox VE sorts it (PVE/AccessControl.pm, write_user_config). */
export function formatUserCfg(config: UserCfg): string {
  const line = (...fields: readonly (string | number)[]): string =>
    `${fields.map((field, index) => (index === 0 ? field : encodeText(String(field)))).join(':')}:\n`;
  const lines: string[] = [];
  for (const [id, user] of sorted(config.users)) {
    const { firstname = '', lastname = '', email = '', comment = '', keys = '' } = user;
    lines.push(line('user', id, user.enable ? 1 : 0, user.expire, firstname, lastname, email, comment, keys));
    for (const [tokenid, token] of sorted(config.tokens)) {
      if (!tokenid.startsWith(`${id}!`)) continue;
      lines.push(line('token', tokenid, token.expire, token.privsep ? 1 : 0, token.comment ?? ''));
    }
  }
  lines.push('\n');
  for (const [id, users] of sorted(config.groups))
    lines.push(line('group', id, [...users].sort().join(','), config.groupComments.get(id) ?? ''));
  lines.push('\n');
  for (const [id, pool] of sorted(config.pools)) {
    const vms = [...pool.vms].map(String).sort().join(',');
    lines.push(line('pool', id, pool.comment, vms, [...pool.storages].sort().join(',')));
  }
  lines.push('\n');
  for (const [id, privileges] of sorted(config.roles)) {
    if (BUILT_IN_ROLES[id] === undefined) lines.push(line('role', id, [...privileges].sort().join(',')));
  }
  lines.push('\n', ...aclLines(config.acl).map((fields) => line('acl', ...fields)));
  return lines.join('');
}

function sorted<Value>(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1));
}

/** Who has the same roles on a path shares a line; those of root@pam are not written, since it may do everything. */
function aclLines(acl: UserCfg['acl']): readonly (readonly [number, string, string, string])[] {
  const rolesOf = new Map<string, { fields: readonly [string, number, string]; roles: string[] }>();
  for (const { path, type, ugid, roleid, propagate } of acl) {
    if (type === 'user' && ugid === 'root@pam') continue;
    const fields = [path, propagate ? 1 : 0, type === 'group' ? `@${ugid}` : ugid] as const;
    const key = fields.join(':');
    const known = rolesOf.get(key) ?? { fields, roles: [] };
    known.roles.push(roleid);
    rolesOf.set(key, known);
  }
  const membersOf = new Map<string, { fields: readonly [string, number, string]; members: string[] }>();
  for (const { fields, roles } of rolesOf.values()) {
    const [path, propagate, member] = fields;
    const list = roles.sort().join(',');
    const key = `${path}:${propagate}:${list}`;
    const known = membersOf.get(key) ?? { fields: [path, propagate, list] as const, members: [] };
    known.members.push(member);
    membersOf.set(key, known);
  }
  return [...membersOf]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(
      ([
        ,
        {
          fields: [path, propagate, roles],
          members,
        },
      ]) => [propagate, path, members.sort().join(','), roles] as const,
    );
}

/** The text of `priv/token.cfg`: the secret of each token. */
export function formatTokenCfg(config: Pick<UserCfg, 'tokens'>): string {
  return [...config.tokens].map(([id, token]) => `${id} ${token.secret}\n`).join('');
}
