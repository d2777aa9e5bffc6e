import type { RequiredPrivilege } from './required-privileges.ts';

/**
 * The role that pvevm suggests. Names that begin with `pve`, in any case, are Proxmox VE's own (pve-access-control:
 * PVE/API2/Role.pm).
 */
export const SUGGESTED_ROLE = 'VMKeeper';

// On / these open shells on the nodes, and change their settings and storages; whoever needs them should choose so.
const TOO_MUCH: readonly string[] = ['Datastore.Allocate', 'Sys.Console', 'Sys.Modify'];

/** Whether the privileges of a token are its own (`privsep`), and so limited by both its rules and its user's. */
export type Separation = 'separated' | 'whole' | 'unknown';

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The `pveum` commands, to be run on a node, that give a user or token all that is needed, through one role on `/`. All,
 * not only what is missing: a rule for a user hides those of its groups on the same path, and a role of that name may be
 * there already, which `hasRole` says. What only some documents need is left out where it allows much else besides.
 */
export function grantCommands(
  user: string,
  required: readonly RequiredPrivilege[],
  separation: Separation,
  hasRole: boolean,
): readonly string[] {
  const usual = required.map(({ privileges: [name = ''] }) => name).filter((name) => !TOO_MUCH.includes(name));
  const privileges = [...new Set(usual)].sort().join(' ');
  const [owner = user] = user.split('!');
  const grant = (option: 'tokens' | 'users', name: string): string =>
    `pveum acl modify / --${option} ${quote(name)} --roles ${SUGGESTED_ROLE}`;
  const isToken = owner !== user;
  return [
    hasRole
      ? `pveum role modify ${SUGGESTED_ROLE} --append 1 --privs "${privileges}"`
      : `pveum role add ${SUGGESTED_ROLE} --privs "${privileges}"`,
    // root@pam may do everything without any rule.
    ...(owner === 'root@pam' ? [] : [grant('users', owner)]),
    ...(isToken && separation !== 'whole' ? [grant('tokens', user)] : []),
  ];
}
