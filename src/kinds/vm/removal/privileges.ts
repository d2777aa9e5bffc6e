import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Resource } from '../../../core/resource.ts';
import type { PlanContext } from '../../kind.ts';
import type { FoundGuest } from '../identity/found.ts';

/**
 * The privileges that destroying a guest needs and the token does not hold (qemu-server: PVE/API2/Qemu.pm, destroy_vm,
 * vm_shutdown; pve-ha-manager: PVE/API2/HA/Resources.pm, delete).
 */
export async function missingForRemoval(
  resource: Resource,
  { vmid, running }: FoundGuest,
  highlyAvailable: boolean,
  { cluster, user }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const needs: readonly (readonly [what: string, privilege: string, path: string])[] = [
    ['destroying the guest', 'VM.Allocate', `/vms/${vmid}`],
    ...(running ? ([['shutting it down', 'VM.PowerMgmt', `/vms/${vmid}`]] as const) : []),
    ...(highlyAvailable ? ([['taking it out of HA', 'Sys.Console', '/']] as const) : []),
  ];
  const problems: Diagnostic[] = [];
  for (const [what, privilege, path] of needs) {
    if (await cluster.holds(path, privilege)) continue;
    problems.push({
      severity: 'error',
      code: 'PERMISSION',
      summary: 'a privilege is missing',
      detail: `${what} needs ${privilege} on ${path}, which ${user} does not hold. Give it a role with that privilege on ${path}.`,
      range: resource.range,
      address: resource.address,
    });
  }
  return problems;
}
