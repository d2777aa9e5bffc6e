import type { Permissions } from '../../pve/permissions.ts';
import type { PrivilegeRow } from '../../report/doctor-text.ts';
import type { RequiredPrivilege } from './required-privileges.ts';

// A guest takes privileges from its pool as well (pve-access-control: PVE/AccessControl.pm, permissions).
const POOL = '/pool/';

/** The paths below which some objects lie that a requirement speaks of: `/vms/` and `/pool/` for `/vms/{vmid}`. */
function foldersOf(path: string): readonly string[] {
  const folder = path.slice(0, path.indexOf('{'));
  return folder === '/vms/' || folder === '/storage/' ? [folder, POOL] : [folder];
}

function rowOf(required: RequiredPrivilege, permissions: Permissions): PrivilegeRow {
  const { path, privileges } = required;
  // No object has a name with braces: what holds for it is what every object takes from above.
  if (privileges.some((privilege) => permissions.holds(path, privilege))) {
    return { ...required, state: 'held', heldOn: [] };
  }
  const folders = path.includes('{') ? foldersOf(path) : [];
  const heldOn = [...permissions.paths]
    .filter(
      ([listed, held]) =>
        folders.some((folder) => listed.startsWith(folder)) && privileges.some((name) => held.has(name)),
    )
    .map(([listed]) => listed);
  return { ...required, state: heldOn.length === 0 ? 'missing' : 'partly', heldOn };
}

/** Holds what is needed against what is held. */
export function privilegeRows(
  required: readonly RequiredPrivilege[],
  permissions: Permissions,
): readonly PrivilegeRow[] {
  return required.map((one) => rowOf(one, permissions));
}
