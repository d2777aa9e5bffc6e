import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { told } from '../../told.ts';

/** Whether the token holds a privilege on a guest or its pool; of several joined by `|` any will do. */
export async function holds(context: PlanContext, path: string, pool: unknown, privilege: string): Promise<boolean> {
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

/** What of a plan needs a privilege: a field, and what to call it. */
interface Use {
  readonly path: string;
  readonly what: string;
  readonly key: string;
}

/** A privilege, with what of a plan needs it, in the words of the spec. */
interface Need {
  readonly privilege: string;
  readonly uses: readonly Use[];
}

/** What changes need on the guest itself. */
function needsOf(
  resource: Resource,
  { live, desired, madeBy }: Observation,
  written: readonly Change[],
): readonly Need[] {
  const needs = new Map<string, Use[]>();
  const need = (privilege: string, path: string, what: string, key = path): void =>
    void needs.set(privilege, [...(needs.get(privilege) ?? []), { path, what, key }]);
  if (live === undefined) need('VM.Allocate', 'name', 'creating the guest');
  // The steps after the first read the guest, and so does the next plan (PVE/API2/Qemu.pm, vm_config, vm_pending).
  if (live === undefined || madeBy !== undefined) need('VM.Audit', 'name', 'reading the guest once it is there');
  for (const { key, path } of written) {
    if (key === 'status') need('VM.PowerMgmt', 'power', 'power');
    const what = path.replace(' (mark)', '');
    const privilege = desired.find((managed) => managed.path === path)?.field.privilege;
    if (privilege !== undefined) need(privilege, what, what, key);
  }
  // What somebody wrote comes first: there the finding has its place.
  const isWritten = (path: string): boolean => !originOf(resource, `/${path.replaceAll('.', '/')}`).builtIn;
  return [...needs].map(([privilege, uses]) => ({
    privilege,
    uses: [...uses.filter(({ path }) => isWritten(path)), ...uses.filter(({ path }) => !isWritten(path))],
  }));
}

/** Keys that nobody but root@pam may set, and no token of it either (recorded: "only root can set 'affinity' config"). */
function rootOnly(resource: Resource, { uses }: Need): readonly Diagnostic[] {
  return [...new Set(uses.map(({ key }) => key))].map((key) => {
    const mine = uses.filter((use) => use.key === key);
    const paths = [...new Set(mine.map(({ what }) => what))].join(', ');
    const detail = `Proxmox VE lets nobody but root@pam, and no API token, set ${paths}. Leave it out, or set it with qm set on the node and leave it unmanaged.`;
    return told(resource, mine[0]?.path ?? 'name', 'error', 'PERMISSION', 'only root@pam itself may set this', detail);
  });
}

/**
 * The privileges that changes need on the guest and the token does not hold (qemu-server: PVE/API2/Qemu.pm,
 * check_vm_modify_config_perm, create_vm), each at the first field that needs it. Keys that only root@pam itself may set
 * are named.
 */
export async function missingPrivileges(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const written = changes.filter((change) => change.state === 'change');
  if (written.length === 0) return [];
  const { user } = context;
  const pool = resource.spec['pool'];
  const path = `/vms/${observation.vmid}`;
  const diagnostics: Diagnostic[] = [];
  for (const need of needsOf(resource, observation, written)) {
    const { privilege, uses } = need;
    if (privilege === 'root@pam') {
      if (user !== 'root@pam') diagnostics.push(...rootOnly(resource, need));
      continue;
    }
    if (await holds(context, path, pool, privilege)) continue;
    const names = [...new Set(uses.map(({ what }) => what))];
    const place = `/vms${typeof pool === 'string' ? ` or /pool/${pool}` : ''}`;
    const detail = `${names.join(', ')} ${names.length > 1 ? 'need' : 'needs'} ${privilege.replace('|', ' or ')} on ${path}, which ${user} does not hold. Give it a role with that privilege on ${place}.`;
    diagnostics.push(told(resource, uses[0]?.path ?? 'name', 'error', 'PERMISSION', 'a privilege is missing', detail));
  }
  // check_vm_modify_config_perm: the order of all guests is the node's, which takes this besides VM.Config.Options.
  const order = written.find(({ key }) => key === 'startup');
  if (order !== undefined && !(await context.cluster.holds('/', 'Sys.Modify'))) {
    const detail = `startup needs Sys.Modify on /, which ${user} does not hold. Give it a role with that privilege on /, or leave startup out.`;
    diagnostics.push(told(resource, 'startup', 'error', 'PERMISSION', 'a privilege is missing', detail));
  }
  return diagnostics;
}
