import type { SandboxHost } from './host.ts';

function major(host: SandboxHost): number {
  return Number(host.facts.version.split('.')[0]);
}

/** From 9.0 on a pool's name has to start with a letter (pve-manager: PVE/API2/Pool.pm). */
export function poolNamesStartWithLetter(host: SandboxHost): boolean {
  return major(host) >= 9;
}

/** From 9.0 on HA places resources by rules; groups are refused (pve-ha-manager: PVE/API2/HA/Rules.pm). */
export function hasHaRules(host: SandboxHost): boolean {
  return major(host) >= 9;
}

/** From 9.0 on a guest's row tells what memory it takes of its host (pve-manager: PVE/API2Tools.pm). */
export function guestRowsShowHostMemory(host: SandboxHost): boolean {
  return major(host) >= 9;
}

/** From 9.1 on the zones of a node are resources of type `network`, before of type `sdn` (PVE/API2/Cluster.pm). */
export function zonesAreNetworks(host: SandboxHost): boolean {
  return Number(host.facts.version) >= 9.1;
}

/** From 9.0 on HA status tells of fencing and failback (pve-ha-manager: PVE/API2/HA/Status.pm). */
export function haStatusShowsFencing(host: SandboxHost): boolean {
  return major(host) >= 9;
}
