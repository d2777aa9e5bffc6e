import type { JsonObject } from '../../core/json.ts';
import type { AuthUser } from '../host.ts';
import type { SandboxAccess } from '../house.ts';
import { ruledPaths } from './ruled-paths.ts';

const KINDS: Readonly<Record<string, RegExp>> = {
  vms: /^(?:VM\.|Permissions\.Modify)/,
  access: /^(?:(?:User|Group)\.|Permissions\.Modify)/,
  storage: /^(?:Datastore\.|Permissions\.Modify)/,
  nodes: /^(?:Sys\.|Permissions\.Modify)/,
  sdn: /^(?:SDN\.|Permissions\.Modify)/,
  dc: /^(?:Sys\.Audit|Sys\.Modify|SDN\.)/,
  mapping: /^(?:Mapping\.|Permissions\.Modify)/,
};

const BASE_PATHS = ['/', '/nodes', '/access/groups', '/vms', '/storage', '/sdn', '/mapping'];

/**
 * The `cap` of a login: which privileges a user has anywhere, by kind of object (pve-access-control:
 * PVE/RPCEnvironment.pm, compute_api_permission).
 */
export function apiPermissions(access: SandboxAccess, user: AuthUser): JsonObject {
  const found = new Map(Object.keys(KINDS).map((kind) => [kind, new Set<string>()]));
  for (const path of new Set([...BASE_PATHS, ...ruledPaths(access)])) {
    const kind = /^\/(\w+)/.exec(path)?.[1] ?? 'dc';
    for (const privilege of access.privileges(user, path)) {
      for (const target of kind === 'pool' ? ['vms', 'storage'] : [kind]) {
        if (KINDS[target]?.test(privilege)) found.get(target)?.add(privilege);
      }
    }
  }
  return Object.fromEntries(
    [...found].map(([kind, names]) => [kind, Object.fromEntries([...names].map((name) => [name, 1]))]),
  );
}
