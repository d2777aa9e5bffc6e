import type { AuthUser } from '../host.ts';
import type { SandboxAccess } from '../house.ts';
import { ruledPaths } from './ruled-paths.ts';

/**
 * Whether a user may see or use a bridge or vnet: as a whole, or one of its VLANs (pve-access-control:
 * PVE/RPCEnvironment.pm, check_sdn_bridge).
 */
export function seesBridge(access: SandboxAccess, user: AuthUser, zone: string, bridge: string): boolean {
  const path = `/sdn/zones/${zone}/${bridge}`;
  const vlans = [...ruledPaths(access)].filter((ruled) => ruled.startsWith(`${path}/`));
  return [path, ...vlans].some((place) => {
    const held = access.privileges(user, place);
    return held.has('SDN.Audit') || held.has('SDN.Use');
  });
}
