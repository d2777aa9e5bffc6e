import { vmFields } from '../../generated/fields/vm.ts';
import type { ApiFacts, EndpointFact } from '../../pve/facts/facts.ts';

/** A privilege that a command needs. */
export interface RequiredPrivilege {
  readonly command: 'plan' | 'apply';
  /** As the API facts write it: `/vms/{vmid}`. */
  readonly path: string;
  /** Any one of these is enough. */
  readonly privileges: readonly string[];
  readonly uses: readonly string[];
  /** The fields without which it is not needed. */
  readonly onlyFor?: string;
}

type Command = RequiredPrivilege['command'];
type Use = readonly [command: Command, method: EndpointFact['method'], path: string, use: string, onlyFor?: string];

const GUEST = '/nodes/{node}/qemu/{vmid}';

// The endpoints that plan and apply use; what each demands is in the API facts.
const ENDPOINTS: readonly Use[] = [
  ['plan', 'GET', `${GUEST}/pending`, 'reading guests'],
  ['plan', 'GET', `${GUEST}/status/current`, 'reading guests'],
  ['plan', 'GET', '/nodes/{node}/storage/{storage}/content', 'looking for images'],
  ['plan', 'GET', '/cluster/status', 'quorum'],
  ['plan', 'GET', '/cluster/ha/resources', 'high availability'],
  ['apply', 'PUT', `${GUEST}/resize`, 'growing disks'],
  ['apply', 'POST', `${GUEST}/status/start`, 'power'],
  ['apply', 'POST', `${GUEST}/status/shutdown`, 'power'],
  ['apply', 'DELETE', GUEST, 'destroying guests'],
  ['apply', 'POST', '/cluster/ha/resources', 'high availability', 'ha'],
  ['apply', 'PUT', '/pools', 'pool membership', 'pool'],
];

interface CodeCheck extends RequiredPrivilege {
  /** The first version that asks for it. */
  readonly since?: string;
}

// What Proxmox VE checks or filters by inside the call, where the API facts say only that any user may call it.
const CODE_CHECKS: readonly CodeCheck[] = [
  // pve-manager: PVE/API2/Cluster.pm, resources: what a user may not audit is left out, or shown without its sizes.
  { command: 'plan', path: '/nodes/{node}', privileges: ['Sys.Audit'], uses: ['free memory of nodes', 'their clocks'] },
  { command: 'plan', path: '/storage/{storage}', privileges: ['Datastore.Audit'], uses: ['listing storages'] },
  { command: 'plan', path: '/pool/{poolid}', privileges: ['Pool.Audit'], uses: ['pool membership'], onlyFor: 'pool' },
  {
    ...{
      command: 'plan',
      path: '/sdn/zones/localnetwork/{bridge}',
      privileges: ['SDN.Audit', 'SDN.Use'],
      since: '8.0',
    },
    uses: ['listing bridges'],
  },
  // qemu-server: PVE/API2/Qemu.pm, create_vm, check_storage_access, check_bridge_access, check_vm_modify_config_perm.
  { command: 'apply', path: '/vms/{vmid}', privileges: ['VM.Allocate'], uses: ['creating guests'] },
  { command: 'apply', path: '/storage/{storage}', privileges: ['Datastore.AllocateSpace'], uses: ['creating disks'] },
  {
    ...{ command: 'apply', path: '/sdn/zones/localnetwork/{bridge}', privileges: ['SDN.Use'], since: '8.0' },
    uses: ['network devices'],
  },
  { command: 'apply', path: '/', privileges: ['Sys.Modify'], uses: ['the order of start-up'], onlyFor: 'startup' },
];

/** The demands in a permission check of the API facts: `perm` entries, also those inside `and`; alternatives of an `or` are not told apart. */
function demandsOf(check: unknown): readonly { readonly path: string; readonly privileges: readonly string[] }[] {
  if (!Array.isArray(check)) return [];
  const [type, path, privileges, mode]: readonly unknown[] = check;
  if (type === 'and') return check.slice(1).flatMap(demandsOf);
  if (type !== 'perm' || typeof path !== 'string' || !Array.isArray(privileges)) return [];
  const names = privileges.filter((name) => typeof name === 'string');
  return mode === 'any' ? [{ path, privileges: names }] : names.map((name) => ({ path, privileges: [name] }));
}

function fromEndpoints(facts: ApiFacts): readonly RequiredPrivilege[] {
  return ENDPOINTS.flatMap(([command, method, path, use, onlyFor]) => {
    const fact = facts.endpoints.find((endpoint) => endpoint.path === path && endpoint.method === method);
    return demandsOf(fact?.permissions?.check).map((demand) => ({
      ...{ command, uses: [use], ...demand },
      ...(onlyFor === undefined ? {} : { onlyFor }),
    }));
  });
}

/** The privileges that the fields of a guest need, with the first part of each field's path as its use. */
function fromFields(): readonly RequiredPrivilege[] {
  return vmFields.flatMap(({ path, privilege }) =>
    // Nobody can grant what only root@pam itself may do.
    privilege === undefined || privilege === 'root@pam'
      ? []
      : [
          {
            ...{ command: 'apply' as const, path: '/vms/{vmid}', privileges: privilege.split('|') },
            uses: [path.split('.')[0] ?? path],
          },
        ],
  );
}

function isSince(version: string, since: string | undefined): boolean {
  if (since === undefined) return true;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [sinceMajor = 0, sinceMinor = 0] = since.split('.').map(Number);
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

/**
 * What `plan` and `apply` need, each privilege once for each command and path: from the permissions that the API facts
 * state, from the fields' annotations, and from the checks in Proxmox VE's code that neither states.
 */
export function requiredPrivileges(facts: ApiFacts): readonly RequiredPrivilege[] {
  const merged = new Map<string, RequiredPrivilege>();
  const inCode = CODE_CHECKS.filter(({ since }) => isSince(facts.version, since));
  for (const { command, path, privileges, uses, onlyFor } of [...fromEndpoints(facts), ...inCode, ...fromFields()]) {
    const key = `${command} ${path} ${privileges.join(' ')}`;
    const known = merged.get(key);
    // One use that every document has makes it needed by all.
    const only = known === undefined || known.onlyFor !== undefined ? onlyFor : undefined;
    const allUses = [...new Set([...(known?.uses ?? []), ...uses])];
    merged.set(key, { command, path, privileges, uses: allUses, ...(only === undefined ? {} : { onlyFor: only }) });
  }
  const commands: readonly Command[] = ['plan', 'apply'];
  return commands.flatMap((command) => [...merged.values()].filter((required) => required.command === command));
}
