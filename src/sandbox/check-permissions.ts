import type { EndpointFact } from '../pve/facts/facts.ts';
import { existingUser, parseUserId } from './access/user-id.ts';
import { failure, permissionFailure } from './api-error.ts';
import type { RawParameters } from './check-parameters.ts';
import { splitList } from './check-value.ts';
import type { AccessState, AuthUser } from './host.ts';

/** What the declared permissions of an endpoint are checked against. */
export type PermissionRules = Pick<AccessState, 'privileges' | 'users'> & {
  readonly groups?: ReadonlyMap<string, ReadonlySet<string>>;
};

interface Question {
  readonly access: PermissionRules;
  readonly user: AuthUser;
  readonly params: RawParameters;
}

/** A path of access rules in its one form; empty where it is no such path (PVE/AccessControl.pm, normalize_path). */
export function normalizeAclPath(path: string): string {
  const trimmed = path.replace(/\/+/g, '/').replace(/\/$/, '');
  const absolute = trimmed.startsWith('/') ? trimmed : `/${trimmed}`;
  return /^[A-Za-z0-9._/-]+$/.test(absolute) ? absolute : '';
}

/**
 * Throws status 403 where the endpoint's declared permissions are not met, and 500 for a user that is none; before any
 * check of the parameters (pve-access-control: PVE/RPCEnvironment.pm, check_api2_permissions). `user` undefined:
 * nobody is logged in.
 */
export function checkPermissions(
  access: PermissionRules,
  user: AuthUser | undefined,
  permissions: EndpointFact['permissions'],
  params: RawParameters,
): void {
  if (user === undefined) {
    if (permissions?.user === 'world') return;
    throw permissionFailure('user != null');
  }
  if (user.isRoot) return;
  if (permissions === undefined) throw permissionFailure('user != root@pam');
  if (permissions.user === 'all' || permissions.user === 'world') return;
  if (!Array.isArray(permissions.check)) throw permissionFailure();
  isMet({ access, user, params }, permissions.check, false);
}

/**
 * Whether a check is met. It throws where it is not, unless it is `quiet`, as the alternatives of an `or` are; what
 * stands in an `and` throws even there (PVE/RPCEnvironment.pm, exec_api2_perm_check).
 */
function isMet(question: Question, check: readonly unknown[], quiet: boolean): boolean {
  const [test, ...rest] = check;
  switch (test) {
    case 'and':
      for (const nested of rest) isMet(question, listOf(nested), false);
      return true;
    case 'or':
      return rest.some((nested) => isMet(question, listOf(nested), true)) || refuse(quiet);
    case 'perm':
      return meetsPerm(question, rest, quiet);
    case 'perm-modify':
      return meetsPermModify(question, rest, quiet);
    case 'userid-param':
      return meetsUserParam(question, rest, quiet);
    case 'userid-group':
      return meetsUserGroup(question, rest, quiet);
    default:
      throw failure('unknown permission test');
  }
}

function refuse(quiet: boolean, what?: string): false {
  if (quiet) return false;
  throw permissionFailure(what);
}

function hasAny({ access, user }: Question, path: string, privileges: readonly string[]): boolean {
  const held = access.privileges(user, path);
  return privileges.some((name) => held.has(name));
}

function meetsPerm(question: Question, [template, list, ...options]: readonly unknown[], quiet: boolean): boolean {
  const requiredParameter = optionOf(options, 'require_param');
  if (typeof requiredParameter === 'string' && question.params[requiredParameter] === undefined) return refuse(quiet);
  const privileges = listOf(list).map(String);
  const path = pathOf(question, template);
  if (optionOf(options, 'any') === 1) {
    return hasAny(question, path, privileges) || refuse(quiet, `${path}, ${privileges.join('|')}`);
  }
  const lacking = privileges.find((name) => !hasAny(question, path, [name]));
  return lacking === undefined || refuse(quiet, `${path}, ${lacking}`);
}

/** Access rules may be changed by `Permissions.Modify`, and by who may allocate what stands at the path. */
function meetsPermModify(question: Question, [template]: readonly unknown[], quiet: boolean): boolean {
  const path = pathOf(question, template);
  // The call itself refuses a path that is none.
  if (path === '') return false;
  const privileges = modifyPrivileges(path);
  return hasAny(question, path, privileges) || refuse(quiet, `${path}, ${privileges.join('|')}`);
}

/** The privileges of which one lets a user change the access rules of a path (check_perm_modify). */
export function modifyPrivileges(path: string): readonly string[] {
  const [, kind = ''] = /^\/(storage|vms|pool)\/.+$/.exec(path) ?? [];
  const more: Readonly<Record<string, string>> = {
    storage: 'Datastore.Allocate',
    vms: 'VM.Allocate',
    pool: 'Pool.Allocate',
  };
  return ['Permissions.Modify', ...(more[kind] === undefined ? [] : [more[kind]])];
}

function meetsUserParam(question: Question, [subtest]: readonly unknown[], quiet: boolean): boolean {
  const { userid, realm } = parseUserId(textOf(question.params['userid']));
  if (subtest === 'self') {
    if (quiet && !question.access.users.has(userid)) return false;
    existingUser(question.access, userid);
    return question.user.id === userid || refuse(quiet);
  }
  const path = `/access/realm/${realm}`;
  return hasAny(question, path, [String(subtest)]) || refuse(quiet, `${path}, ${String(subtest)}`);
}

function meetsUserGroup(question: Question, [list, ...options]: readonly unknown[], quiet: boolean): boolean {
  const { access, params } = question;
  const userid = textOf(params['userid']);
  const groupsParameter = optionOf(options, 'groups_param');
  const isNew = groupsParameter === 'create';
  if (!isNew) {
    if (quiet && !access.users.has(userid)) return false;
    existingUser(access, userid);
  }
  const privileges = listOf(list).map(String);
  if (hasAny(question, '/access/groups', privileges)) return true;
  const mine = [...(access.groups ?? [])].filter(([id]) => hasAny(question, `/access/groups/${id}`, privileges));
  if (groupsParameter !== undefined) {
    const asked = splitList(textOf(params['groups']));
    if (asked.length === 0) refuse(false, `/access/groups, ${privileges.join('|')}`);
    const foreign = asked.find((group) => !mine.some(([id]) => id === group));
    if (foreign !== undefined) refuse(false, `/access/groups/${foreign}, ${privileges.join('|')}`);
  }
  return isNew || mine.some(([, members]) => members.has(userid)) || refuse(quiet);
}

function pathOf({ params }: Question, template: unknown): string {
  return normalizeAclPath(String(template).replace(/\{([^}]+)\}/g, (_whole, name: string) => textOf(params[name])));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function optionOf(options: readonly unknown[], name: string): unknown {
  const at = options.indexOf(name);
  return at === -1 ? undefined : options[at + 1];
}

function textOf(value: RawParameters[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}
