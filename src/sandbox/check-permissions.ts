import type { EndpointFact } from '../pve/facts/facts.ts';
import { permissionFailure } from './api-error.ts';
import type { RawParameters } from './check-parameters.ts';
import type { AccessState, AuthUser } from './host.ts';

/** A path of access rules in its one form; empty where it is no such path (PVE/AccessControl.pm, normalize_path). */
export function normalizeAclPath(path: string): string {
  const trimmed = path.replace(/\/+/g, '/').replace(/\/$/, '');
  const absolute = trimmed.startsWith('/') ? trimmed : `/${trimmed}`;
  return /^[A-Za-z0-9._/-]+$/.test(absolute) ? absolute : '';
}

/**
 * Throws status 403 where the endpoint's declared permissions are not met; before any check of the parameters
 * (pve-access-control: PVE/RPCEnvironment.pm, check_api2_permissions). `user` undefined: nobody is logged in.
 */
export function checkPermissions(
  access: AccessState,
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
  const message = refusal(access, user, permissions.check, params);
  if (message !== undefined) throw permissionFailure(message === '' ? undefined : message);
}

/** Why a check is not met, as the 403 says it; empty where it says nothing; undefined where the check is met. */
function refusal(
  access: AccessState,
  user: AuthUser,
  check: readonly unknown[],
  params: RawParameters,
): string | undefined {
  const [test, ...rest] = check;
  if (test === 'and' || test === 'or') {
    const results = rest.filter(Array.isArray).map((nested) => refusal(access, user, nested, params));
    if (test === 'or') return results.includes(undefined) ? undefined : '';
    return results.find((result) => result !== undefined);
  }
  if (test !== 'perm') return '';
  const [template, privileges, ...options] = rest;
  if (typeof template !== 'string' || !Array.isArray(privileges)) return '';
  const requiredParameter = optionOf(options, 'require_param');
  if (typeof requiredParameter === 'string' && params[requiredParameter] === undefined) return undefined;
  const path = normalizeAclPath(template.replace(/\{([^}]+)\}/g, (_whole, name: string) => textOf(params[name])));
  const held = access.privileges(user, path);
  if (optionOf(options, 'any') === 1) {
    return privileges.some((name) => held.has(String(name))) ? undefined : `${path}, ${privileges.join('|')}`;
  }
  const lacking = privileges.find((name) => !held.has(String(name)));
  return lacking === undefined ? undefined : `${path}, ${String(lacking)}`;
}

function optionOf(options: readonly unknown[], name: string): unknown {
  const at = options.indexOf(name);
  return at === -1 ? undefined : options[at + 1];
}

function textOf(value: RawParameters[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}
