import type { Json, JsonObject } from '../../core/json.ts';
import type { HouseCall, HouseEndpoint, SandboxState } from '../house.ts';
import type { Privileges } from './privileges.ts';
import { ruledPaths } from './ruled-paths.ts';

/** `GET /access/permissions` (pve-access-control: PVE/API2/AccessControl.pm, permissions). */
export const permissionsEndpoint: HouseEndpoint = { method: 'GET', path: '/access/permissions', handle: permissions };

const BASE_PATHS = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms'];

function permissions(call: HouseCall): Json {
  const { host, user, params } = call;
  const id = String(params['userid'] ?? user.id);
  const isOwnToken = id.startsWith(`${user.id}!`);
  if (id !== user.id && !isOwnToken) call.require('/access', ['Sys.Audit']);
  const held = (path: string): Privileges => host.access.privilegesWithPropagation({ id, isRoot: false }, path);
  const asked = params['path'];
  if (typeof asked === 'string' && asked !== '') return { [asked]: rowOf(held(asked)) };
  const rows = [...allPaths(host)].map((path) => [path, rowOf(held(path))] as const);
  return Object.fromEntries(rows.filter(([, row]) => Object.keys(row).length > 0));
}

function rowOf(privileges: Privileges): JsonObject {
  return Object.fromEntries([...privileges].map(([name, propagates]) => [name, propagates ? 1 : 0]));
}

function allPaths({ access }: SandboxState): ReadonlySet<string> {
  const members = [...access.pools.values()].flatMap(({ vms, storages }) => [
    ...[...vms].map((vmid) => `/vms/${vmid}`),
    ...[...storages].map((storage) => `/storage/${storage}`),
  ]);
  return new Set([...BASE_PATHS, ...ruledPaths(access), ...members]);
}
