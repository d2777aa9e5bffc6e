import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Change } from '../../core/plan.ts';
import type { Resource } from '../../core/resource.ts';
import type { Observation, PlanContext } from '../kind.ts';

// qemu-server: PVE/API2/Qemu.pm, check_vm_modify_config_perm: the order of all guests is the node's, so that it takes
// Sys.Modify on / besides VM.Config.Options.
const START_ORDER = 'Sys.Modify on /';

/** Whether the token holds a privilege on a guest or its pool; of several joined by `|` any will do. */
async function holds(context: PlanContext, path: string, pool: unknown, privilege: string): Promise<boolean> {
  for (const one of privilege.split('|')) {
    if (await context.cluster.holds(path, one)) return true;
    if (typeof pool === 'string' && (await context.cluster.holds(`/pool/${pool}`, one))) return true;
  }
  return false;
}

/** Whether the token may set options of a guest that does not exist yet: 9.2 checks that on the guest, not on its pool. */
export function maySetOptions(context: PlanContext, vmid: number): Promise<boolean> {
  return context.cluster.holds(`/vms/${vmid}`, 'VM.Config.Options');
}

/**
 * The privileges that changes need on the guest and the token does not hold (qemu-server: PVE/API2/Qemu.pm,
 * check_vm_modify_config_perm, create_vm). Keys that only root@pam itself may set are named.
 */
export async function missingPrivileges(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const written = changes.filter((change) => change.state === 'change');
  if (written.length === 0) return [];
  const pool = resource.spec['pool'];
  const path = `/vms/${observation.vmid}`;
  const needs = new Map<string, string[]>();
  const need = (privilege: string, what: string): void =>
    void needs.set(privilege, [...(needs.get(privilege) ?? []), what]);
  if (observation.live === undefined) need('VM.Allocate', 'creating the guest');
  for (const change of written) {
    if (change.key === 'status') need('VM.PowerMgmt', 'power');
    const privilege = observation.desired.find((managed) => managed.path === change.path)?.field.privilege;
    if (privilege !== undefined) need(privilege, change.path.replace(' (mark)', ''));
    if (change.key === 'startup') need(START_ORDER, 'startup');
  }
  const diagnostics: Diagnostic[] = [];
  for (const [privilege, uses] of needs) {
    const what = [...new Set(uses)].join(', ');
    const base = { severity: 'error', code: 'PERMISSION', range: resource.range, address: resource.address } as const;
    if (privilege === 'root@pam') {
      // An API token of root is not root: it is refused too (recorded: "only root can set 'affinity' config").
      diagnostics.push({
        ...base,
        summary: 'only root@pam itself may set this',
        detail: `Proxmox VE lets nobody but root@pam, and no API token, set ${what}. Leave it out, or set it with qm set on the node and leave it unmanaged.`,
      });
    } else if (privilege === START_ORDER && !(await context.cluster.holds('/', 'Sys.Modify'))) {
      diagnostics.push({
        ...base,
        summary: 'a privilege is missing',
        detail: `startup needs Sys.Modify on /, which ${context.user} does not hold. Give it a role with that privilege on /, or leave startup out.`,
      });
    } else if (privilege !== START_ORDER && !(await holds(context, path, pool, privilege))) {
      diagnostics.push({
        ...base,
        summary: 'a privilege is missing',
        detail: `${what} needs ${privilege.replace('|', ' or ')} on ${path}, which ${context.user} does not hold. Give it a role with that privilege on /vms${typeof pool === 'string' ? ` or /pool/${pool}` : ''}.`,
      });
    }
  }
  return diagnostics;
}
