import type { AccessState, AuthUser } from '../host.ts';
import { ADMINISTRATOR_PRIVILEGES } from './roles.ts';

/** What the privileges of a user follow from. */
export type AccessRules = Pick<AccessState, 'users' | 'tokens' | 'pools' | 'roles' | 'acl'> & {
  /** The members of each group. */
  readonly groups: ReadonlyMap<string, ReadonlySet<string>>;
};

/** Privilege to whether it also holds below the path. */
export type Privileges = ReadonlyMap<string, boolean>;

// Lists ask for root's privileges once for each row.
const ofAdministrator = new WeakMap<readonly string[], Privileges>();

function allPrivileges(names: readonly string[]): Privileges {
  const known = ofAdministrator.get(names) ?? new Map(names.map((name) => [name, true]));
  ofAdministrator.set(names, known);
  return known;
}

/**
 * The privileges of a user or token on a path (pve-access-control: PVE/RPCEnvironment.pm, permissions): the nearest
 * rules on the way down win, rules for the user itself over those of its groups; a pool's rules hold for its members;
 * a token with privilege separation has only what its user has too.
 */
export function privilegesOn(rules: AccessRules, user: AuthUser, path: string, now: number): Privileges {
  if (user.id === 'root@pam') return allPrivileges(rules.roles.get('Administrator') ?? ADMINISTRATOR_PRIVILEGES);
  if (path === '') return new Map();
  const [owner = ''] = user.id.split('!');
  if (owner === user.id) return isEnabled(rules, owner, now) ? privilegesOfRoles(rules, user.id, path) : new Map();
  const token = rules.tokens.get(user.id);
  if (token === undefined) return new Map();
  const ofOwner = privilegesOn(rules, { id: owner, isRoot: false }, path, now);
  if (!token.privsep) return ofOwner;
  const own = [...privilegesOfRoles(rules, user.id, path)].filter(([name]) => ofOwner.has(name));
  return new Map(own.map(([name, propagates]) => [name, propagates && ofOwner.get(name) === true]));
}

/** Whether a user exists, is enabled, and has not expired. */
export function isEnabled(rules: Pick<AccessRules, 'users'>, userid: string, now: number): boolean {
  const user = rules.users.get(userid);
  return user?.enable === true && (user.expire === 0 || user.expire * 1000 > now);
}

function privilegesOfRoles(rules: AccessRules, id: string, path: string): Privileges {
  const roles = new Map(rolesOn(rules, id, path));
  const pool = roles.has('NoAccess') ? undefined : poolOf(rules, path);
  if (pool !== undefined) {
    const ofPool = rolesOn(rules, id, `/pool/${pool}`);
    if (ofPool.has('NoAccess')) return new Map();
    for (const role of ofPool.keys()) if (!roles.has(role)) roles.set(role, false);
  }
  const result = new Map<string, boolean>();
  if (roles.has('NoAccess')) return result;
  for (const [role, propagate] of roles) {
    for (const name of rules.roles.get(role) ?? []) result.set(name, propagate || result.get(name) === true);
  }
  return result;
}

function poolOf(rules: AccessRules, path: string): string | undefined {
  const vmid = /^\/vms\/(\d+)$/.exec(path)?.[1];
  const storage = /^\/storage\/([^/]+)$/.exec(path)?.[1];
  for (const [id, pool] of rules.pools) {
    if (vmid !== undefined && pool.vms.has(Number(vmid))) return id;
    if (storage !== undefined && pool.storages.has(storage)) return id;
  }
  return undefined;
}

/** Role to whether it propagates (PVE/AccessControl.pm, roles). */
function rolesOn(rules: AccessRules, id: string, path: string): ReadonlyMap<string, boolean> {
  let roles = new Map<string, boolean>();
  for (const step of stepsTo(path)) {
    const isFinal = step === path;
    const own = new Map<string, boolean>();
    const ofGroups = new Map<string, boolean>();
    for (const rule of rules.acl) {
      if (rule.path !== step || !(isFinal || rule.propagate)) continue;
      if (rule.type !== 'group' && rule.ugid === id) own.set(rule.roleid, rule.propagate);
      if (rule.type === 'group' && rules.groups.get(rule.ugid)?.has(id)) ofGroups.set(rule.roleid, rule.propagate);
    }
    if (own.size > 0) roles = own;
    else if (ofGroups.size > 0) roles = ofGroups;
  }
  return roles;
}

/** `/vms/100` is reached by `/`, `/vms`, `/vms/100`. */
function stepsTo(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return ['/', ...parts.map((_part, index) => `/${parts.slice(0, index + 1).join('/')}`)];
}
