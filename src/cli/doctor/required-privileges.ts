import type { KindPrivileges } from '../../kinds/kind-privileges.ts';
import type { ApiFacts } from '../../pve/facts/facts.ts';
import { registry } from '../../registry/registry.ts';

/** A privilege that a command needs. */
export interface RequiredPrivilege {
  readonly command: 'plan' | 'apply';
  /** As the API facts write it: `/vms/{vmid}`. */
  readonly path: string;
  /** Any one of these is enough. */
  readonly privileges: readonly string[];
  readonly uses: readonly string[];
  /** What documents say that need it, as in `ha`; all do where it is absent. */
  readonly onlyFor?: string;
}

type Command = RequiredPrivilege['command'];

// What every plan needs, whatever kinds it is about.
const ALWAYS: KindPrivileges = {
  calls: [{ command: 'plan', method: 'GET', path: '/cluster/status', use: 'quorum' }],
  checks: [
    // pve-manager: PVE/API2/Cluster.pm, resources: what a user may not audit is left out, or shown without its sizes.
    {
      command: 'plan',
      path: '/nodes/{node}',
      privileges: ['Sys.Audit'],
      uses: ['free memory of nodes', 'their clocks'],
    },
    { command: 'plan', path: '/storage/{storage}', privileges: ['Datastore.Audit'], uses: ['listing storages'] },
  ],
};

/** What each kind needs, by the registry of kinds. */
export async function privilegesOfKinds(): Promise<readonly KindPrivileges[]> {
  const found = [ALWAYS];
  for (const load of Object.values(registry)) found.push((await load()).privileges);
  return found;
}

/** The demands in a permission check of the API facts: `perm` entries, also those inside `and`; alternatives of an `or` are not told apart. */
function demandsOf(check: unknown): readonly { readonly path: string; readonly privileges: readonly string[] }[] {
  if (!Array.isArray(check)) return [];
  const [type, path, privileges, mode]: readonly unknown[] = check;
  if (type === 'and') return check.slice(1).flatMap(demandsOf);
  if (type !== 'perm' || typeof path !== 'string' || !Array.isArray(privileges)) return [];
  const names = privileges.filter((name) => typeof name === 'string');
  return mode === 'any' ? [{ path, privileges: names }] : names.map((name) => ({ path, privileges: [name] }));
}

function fromCalls(calls: KindPrivileges['calls'], facts: ApiFacts): readonly RequiredPrivilege[] {
  return calls.flatMap(({ command, method, path, use, onlyFor }) => {
    const fact = facts.endpoints.find((endpoint) => endpoint.path === path && endpoint.method === method);
    return demandsOf(fact?.permissions?.check).map((demand) => ({
      ...{ command, uses: [use], ...demand },
      ...(onlyFor === undefined ? {} : { onlyFor }),
    }));
  });
}

/** The privileges that fields need, with the first part of each field's path as its use. */
function fromFields(fields: KindPrivileges['fields']): readonly RequiredPrivilege[] {
  if (fields === undefined) return [];
  return fields.of.flatMap(({ path, privilege }) =>
    // Nobody can grant what only root@pam itself may do.
    privilege === undefined || privilege === 'root@pam'
      ? []
      : [
          {
            ...{ command: 'apply' as const, path: fields.path, privileges: privilege.split('|') },
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
export function requiredPrivileges(facts: ApiFacts, ofKinds: readonly KindPrivileges[]): readonly RequiredPrivilege[] {
  const merged = new Map<string, RequiredPrivilege>();
  const all = [
    ...ofKinds.flatMap(({ calls }) => fromCalls(calls, facts)),
    ...ofKinds.flatMap(({ checks }) => checks).filter(({ since }) => isSince(facts.version, since)),
    ...ofKinds.flatMap(({ fields }) => fromFields(fields)),
  ];
  for (const { command, path, privileges, uses, onlyFor } of all) {
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
