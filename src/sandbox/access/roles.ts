import type { ApiFacts } from '../../pve/facts/facts.ts';
import { type Behaviour, behaviourOf } from '../behaviour.ts';

const words = (text: string): readonly string[] => text.split(/[\s,]+/).filter((word) => word !== '');

const GUEST_AGENT = words(
  'VM.GuestAgent.Audit VM.GuestAgent.FileRead VM.GuestAgent.FileSystemMgmt VM.GuestAgent.FileWrite',
);
const VM_USER = words('VM.Audit VM.Backup VM.Config.CDROM VM.Config.Cloudinit VM.Console VM.PowerMgmt');
const VM_ADMIN = words(`VM.Allocate VM.Clone VM.Config.CPU VM.Config.Disk VM.Config.HWType VM.Config.Memory
  VM.Config.Network VM.Config.Options VM.GuestAgent.Unrestricted VM.Migrate VM.Replicate VM.Snapshot
  VM.Snapshot.Rollback`);
const DATASTORE_ADMIN = words('Datastore.Allocate Datastore.AllocateSpace Datastore.AllocateTemplate Datastore.Audit');
const ADMIN = [
  ...DATASTORE_ADMIN,
  ...words(`Group.Allocate Mapping.Audit Mapping.Use Pool.Allocate Pool.Audit Realm.AllocateUser SDN.Allocate
    SDN.Audit SDN.Use Sys.Audit Sys.Console Sys.Syslog User.Modify`),
  ...VM_ADMIN,
  ...VM_USER,
  ...GUEST_AGENT,
];

/** Every privilege that Proxmox VE 9 knows, sorted. */
export const ADMINISTRATOR_PRIVILEGES: readonly string[] = [
  ...ADMIN,
  ...words(`Mapping.Modify Permissions.Modify Realm.Allocate Sys.AccessNetwork Sys.Incoming Sys.Modify
    Sys.PowerMgmt`),
].sort();

/** The roles that Proxmox VE 9 makes itself, each with its privileges (pve-access-control: PVE/AccessControl.pm). */
export const BUILT_IN_ROLES: Readonly<Record<string, readonly string[]>> = {
  Administrator: ADMINISTRATOR_PRIVILEGES,
  NoAccess: [],
  PVEAdmin: [...ADMIN].sort(),
  PVEAuditor: words('Datastore.Audit Mapping.Audit Pool.Audit SDN.Audit Sys.Audit VM.Audit VM.GuestAgent.Audit'),
  PVEDatastoreAdmin: DATASTORE_ADMIN,
  PVEDatastoreUser: words('Datastore.AllocateSpace Datastore.Audit'),
  PVEMappingAdmin: words('Mapping.Audit Mapping.Modify Mapping.Use'),
  PVEMappingUser: words('Mapping.Audit Mapping.Use'),
  PVEPoolAdmin: words('Pool.Allocate Pool.Audit'),
  PVEPoolUser: words('Pool.Audit'),
  PVESDNAdmin: words('SDN.Allocate SDN.Audit SDN.Use'),
  PVESDNUser: words('SDN.Audit SDN.Use'),
  PVESysAdmin: words('Sys.Audit Sys.Console Sys.Syslog'),
  PVETemplateUser: words('VM.Audit VM.Clone'),
  PVEUserAdmin: words('Group.Allocate Realm.AllocateUser User.Modify'),
  PVEVMAdmin: [...VM_ADMIN, ...VM_USER, ...GUEST_AGENT].sort(),
  PVEVMUser: [...VM_USER, ...GUEST_AGENT].sort(),
};

const SINCE_9: readonly string[] = [...GUEST_AGENT, 'VM.GuestAgent.Unrestricted', 'VM.Replicate'];
const SINCE_8 = words('Mapping.Audit Mapping.Modify Mapping.Use SDN.Use Sys.AccessNetwork');
const ROLES_SINCE_8: readonly string[] = ['PVEMappingAdmin', 'PVEMappingUser', 'PVESDNUser'];
const WITH_MONITOR: readonly string[] = ['Administrator', 'PVEAdmin', 'PVEVMAdmin'];

const known = new WeakMap<ApiFacts, Readonly<Record<string, readonly string[]>>>();

/** The roles of a version: before 9.0 `VM.Monitor` stood for what the guest agent's own privileges say since. */
export function builtInRoles(facts: ApiFacts): Readonly<Record<string, readonly string[]>> {
  const roles = known.get(facts) ?? rolesOf(behaviourOf({ facts }));
  known.set(facts, roles);
  return roles;
}

function rolesOf({ hasGuestAgentPrivileges, hasMappings }: Behaviour): Readonly<Record<string, readonly string[]>> {
  if (hasGuestAgentPrivileges) return BUILT_IN_ROLES;
  const later = new Set([...SINCE_9, ...(hasMappings ? [] : SINCE_8)]);
  const roles = Object.entries(BUILT_IN_ROLES).filter(([id]) => hasMappings || !ROLES_SINCE_8.includes(id));
  return Object.fromEntries(
    roles.map(([id, privileges]) => {
      const older = privileges.filter((name) => !later.has(name));
      return [id, WITH_MONITOR.includes(id) ? [...older, 'VM.Monitor'].sort() : older];
    }),
  );
}
