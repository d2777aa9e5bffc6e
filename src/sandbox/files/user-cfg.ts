import { BUILT_IN_ROLES } from '../access/roles.ts';
import { decodeText, encodeText } from '../encode-text.ts';
import type { AccessState } from '../host.ts';

/** A user with what `user.cfg` says beyond the interface. */
export interface UserEntry {
  enable: boolean;
  /** Seconds since the epoch; 0: never. */
  expire: number;
  comment?: string;
  readonly firstname?: string;
  readonly lastname?: string;
  readonly email?: string;
  readonly keys?: string;
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

/** Reads `user.cfg` and `priv/token.cfg` (pve-access-control: PVE/AccessControl.pm, parse_user_config). */
export function parseUserCfg(text: string, tokenText: string): UserCfg {
  const secrets = new Map(
    tokenText.split('\n').map((line) => [line.split(/\s+/)[0] ?? '', line.split(/\s+/)[1] ?? '']),
  );
  const result: UserCfg = {
    users: new Map(),
    tokens: new Map(),
    groups: new Map(),
    groupComments: new Map(),
    pools: new Map(),
    roles: new Map(Object.entries(BUILT_IN_ROLES)),
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
    } else if (type === 'role' && BUILT_IN_ROLES[first] === undefined) result.roles.set(first, itemsOf(second));
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
    for (const roleid of roles) result.acl.push({ path, type, ugid: plain, roleid, propagate });
  }
}

/** The text of `user.cfg` (PVE/AccessControl.pm, write_user_config). */
export function formatUserCfg(config: UserCfg): string {
  const line = (...fields: readonly (string | number)[]): string =>
    `${fields.map((field, index) => (index === 0 ? field : encodeText(String(field)))).join(':')}:\n`;
  const lines: string[] = [];
  for (const [id, user] of config.users) {
    const { firstname = '', lastname = '', email = '', comment = '', keys = '' } = user;
    lines.push(line('user', id, user.enable ? 1 : 0, user.expire, firstname, lastname, email, comment, keys));
  }
  for (const [id, token] of config.tokens) {
    lines.push(line('token', id, token.expire, token.privsep ? 1 : 0, token.comment ?? ''));
  }
  lines.push('\n');
  for (const [id, users] of config.groups)
    lines.push(line('group', id, [...users].join(','), config.groupComments.get(id) ?? ''));
  lines.push('\n');
  for (const [id, pool] of config.pools) {
    lines.push(
      line('pool', id, pool.comment, [...pool.vms].sort((a, b) => a - b).join(','), [...pool.storages].join(',')),
    );
  }
  lines.push('\n');
  for (const [id, privileges] of config.roles) {
    if (BUILT_IN_ROLES[id] === undefined) lines.push(line('role', id, privileges.join(',')));
  }
  lines.push('\n');
  for (const rule of config.acl) {
    const ugid = rule.type === 'group' ? `@${rule.ugid}` : rule.ugid;
    lines.push(line('acl', rule.propagate ? 1 : 0, rule.path, ugid, rule.roleid));
  }
  return lines.join('');
}

/** The text of `priv/token.cfg`: the secret of each token. */
export function formatTokenCfg(config: Pick<UserCfg, 'tokens'>): string {
  return [...config.tokens].map(([id, token]) => `${id} ${token.secret}\n`).join('');
}
