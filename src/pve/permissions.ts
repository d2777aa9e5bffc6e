import { isObject } from '../core/json.ts';
import { unexpected } from './decode.ts';

/** What a user or token may do, by path. */
export interface Permissions {
  /** The privileges that hold on each path that Proxmox VE lists. */
  readonly paths: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether a privilege holds on any path, listed or not: on the nearest listed path above, where it propagates. */
  holds(path: string, privilege: string): boolean;
}

/**
 * Decodes `/access/permissions`: path to privilege to 1, or 0 where the privilege does not hold below the path
 * (pve-access-control: PVE/RPCEnvironment.pm, get_effective_permissions). It lists the top folders, each path with an
 * entry of its own, and members of pools; any other path has what the nearest of these passes on.
 */
export function decodePermissions(path: string, data: unknown): Permissions {
  if (!isObject(data)) throw unexpected(path, 'it is no object');
  const listed = new Map<string, ReadonlyMap<string, boolean>>();
  for (const [name, privileges] of Object.entries(data)) {
    if (!isObject(privileges)) throw unexpected(path, `${name} is no object`);
    const propagates = Object.entries(privileges).map(
      ([privilege, value]) => [privilege, Number(value) === 1] as const,
    );
    listed.set(name, new Map(propagates));
  }
  return {
    paths: new Map([...listed].map(([name, privileges]) => [name, new Set(privileges.keys())])),
    holds: (wanted, privilege) => {
      const own = listed.get(wanted);
      if (own !== undefined) return own.has(privilege);
      for (let above = parentOf(wanted); above !== undefined; above = parentOf(above)) {
        const privileges = listed.get(above);
        if (privileges !== undefined) return privileges.get(privilege) === true;
      }
      return false;
    },
  };
}

function parentOf(path: string): string | undefined {
  if (path === '/') return undefined;
  const end = path.lastIndexOf('/');
  return end <= 0 ? '/' : path.slice(0, end);
}
