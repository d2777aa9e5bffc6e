import type { UserCfg } from '../files/user-cfg.ts';
import type { SandboxAccess } from '../house.ts';
import { privilegesOn } from './privileges.ts';

/** Access rules as the endpoints use them; the maps are those given, so that a reload can fill them anew. */
export function createAccess(config: UserCfg, now: () => number): SandboxAccess {
  const access: SandboxAccess = {
    ...config,
    privileges: (user, path) => new Set(access.privilegesWithPropagation(user, path).keys()),
    privilegesWithPropagation: (user, path) => privilegesOn(access, user, path, now()),
  };
  return access;
}
