import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { ErrorCode } from '../../../core/error.ts';
import type { Field } from '../../../core/field.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { MappingRow, MappingType } from '../../../pve/mappings.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { told } from '../../told.ts';
import { storedParts } from '../live.ts';
import { isInVersion } from '../project.ts';

/** An object of the cluster that a device stands for, and that takes a privilege of its own. */
interface Use {
  /** In the words of the spec: `devices.usb0.mapping`. */
  readonly path: string;
  readonly origin: string;
  /** The sort of mapping; undefined for what is no mapping that the cluster lists. */
  readonly type?: MappingType;
  readonly id: string;
  /** The path that `Mapping.Use` has to hold on. */
  readonly acl: string;
  /** Whether the document asks for it, and not only the guest has it. */
  readonly wanted: boolean;
}

const SORTS: readonly (readonly [pattern: RegExp, sub: string, type: MappingType])[] = [
  [/^hostpci\d+$/, 'mapping', 'pci'],
  [/^usb\d+$/, 'mapping', 'usb'],
  [/^virtiofs\d+$/, 'dirid', 'dir'],
];

const WORDS: Readonly<Record<MappingType, string>> = {
  pci: 'PCI mapping',
  usb: 'USB mapping',
  dir: 'directory mapping',
};

/** The mappings that a key uses, before a change and after it: Proxmox VE asks for both (PVE/API2/Qemu.pm). */
function usesOf(key: string, change: Change, { desired, live }: Observation, version: string): readonly Use[] {
  const sort = SORTS.find(([pattern]) => pattern.test(key));
  if (sort === undefined) return [];
  const [, sub, type] = sort;
  const managed = desired.find((value) => value.key === key && value.sub === sub);
  // An older version has no mappings, and another finding says so.
  if (managed !== undefined && !isInVersion(managed.field, version)) return [];
  const stored = [live?.current.get(key), live?.pending.get(key)].map((text) =>
    text === undefined ? undefined : storedParts(key, text)?.[sub],
  );
  const wanted = typeof managed?.value === 'string' ? managed.value : undefined;
  const use = (id: string): Use => ({
    path: managed?.path ?? change.path,
    origin: managed?.origin ?? change.origin,
    type,
    id,
    acl: `/mapping/${type}/${id}`,
    wanted: id === wanted,
  });
  return [...new Set([wanted, ...stored])].filter((id) => id !== undefined).map(use);
}

/** What else takes `Mapping.Use`: the host's source of randomness, and processor models of the cluster's own. */
function otherUses(key: string, { desired }: Observation, version: string): readonly Use[] {
  return desired.flatMap((value): readonly Use[] => {
    if (value.key !== key) return [];
    const { path, origin, field } = value;
    const since = (first: string): boolean => isInVersion({ ...field, since: first } satisfies Field, version);
    const base = { path, origin, wanted: true } as const;
    if (key === 'rng0' && value.value === '/dev/hwrng' && since('8.4'))
      return [{ ...base, id: '/dev/hwrng', acl: '/mapping/hwrng' }];
    const model = key === 'cpu' && value.sub === 'cputype' ? /^custom-(.+)$/.exec(String(value.value))?.[1] : undefined;
    return model === undefined || !since('9.2') ? [] : [{ ...base, id: model, acl: `/mapping/cpu/${model}` }];
  });
}

function error(resource: Resource, { path }: Use, code: ErrorCode, summary: string, detail: string): Diagnostic {
  return told(resource, path, 'error', code, summary, detail);
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : [...names].sort().join(', ');
}

function absence(resource: Resource, use: Use, node: string, rows: readonly MappingRow[]): Diagnostic | undefined {
  if (use.type === undefined || !use.wanted) return undefined;
  const found = rows.find((row) => row.id === use.id);
  const what = WORDS[use.type];
  const here = rows.filter((row) => row.nodes.includes(node)).map((row) => row.id);
  const remedy = `With a device on ${node}: ${list(here)}.`;
  const says = `${use.path} is ${use.id} (${use.origin})`;
  if (found === undefined)
    return error(
      resource,
      use,
      'MISSING',
      'the mapping does not exist',
      `${says}, and the cluster has no such ${what}. ${remedy}`,
    );
  if (found.nodes.includes(node)) return undefined;
  const detail = `${says}, a ${what} that has no device on ${node}, only on ${list(found.nodes)}. ${remedy}`;
  return error(resource, use, 'MISSING', 'the mapping has no device on the node', detail);
}

/**
 * The mappings of PCI and USB devices and of directories that changes ask for and that are missing: the mapping itself, a
 * device of the node in it, or the privilege to use it (qemu-server: PVE/API2/Qemu.pm, check_hostpci_perm,
 * check_usb_perm, check_vm_modify_config_perm).
 */
export async function missingMappings(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const { cluster, user } = context;
  const { version } = await cluster.version();
  const written = new Map(
    changes.filter((change) => change.state === 'change').map((change) => [change.key, change] as const),
  );
  const diagnostics: Diagnostic[] = [];
  for (const [key, change] of written) {
    for (const use of [...usesOf(key, change, observation, version), ...otherUses(key, observation, version)]) {
      if (!(await cluster.holds(use.acl, 'Mapping.Use'))) {
        const detail = `${use.path} (${use.origin}) uses ${use.id}, which needs Mapping.Use on ${use.acl}, and ${user} does not hold it. Give it a role with that privilege there.`;
        diagnostics.push(error(resource, use, 'PERMISSION', 'a privilege is missing', detail));
        continue;
      }
      const rows = use.type === undefined ? [] : await unlessRefused(cluster.mappings(use.type), undefined);
      const problem = rows === undefined ? undefined : absence(resource, use, observation.node, rows);
      if (problem !== undefined) diagnostics.push(problem);
    }
  }
  return diagnostics;
}
