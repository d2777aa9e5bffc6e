import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import { displaySize, MIB } from '../../../core/units.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import type { Observation } from '../../kind.ts';
import { isDriveKey, storedParts } from '../live.ts';
import { specError } from '../vm-values.ts';
import { vcpusAbove } from './processors.ts';

const PATH_OF: Readonly<Record<string, string>> = {
  mbps: 'mbps',
  mbps_rd: 'mbpsRead',
  mbps_wr: 'mbpsWrite',
  iops: 'iops',
  iops_rd: 'iopsRead',
  iops_wr: 'iopsWrite',
};

const EXCLUDED: readonly (readonly [total: string, part: string])[] = [
  ['mbps', 'mbps_rd'],
  ['mbps', 'mbps_wr'],
  ['iops', 'iops_rd'],
  ['iops', 'iops_wr'],
];

/**
 * Limits that contradict each other only together with what the guest has and the document does not manage:
 * Proxmox VE refuses a total beside limits of reads and writes apart (qemu-server: PVE/QemuServer/Drive.pm, parse_drive).
 */
export function limitConflicts(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  return [
    ...diskLimits(resource, observation, changes),
    ...balloonAbove(resource, observation, changes),
    ...vcpusAbove(resource, observation, changes),
  ];
}

/** A balloon that the document does not manage, above the memory that it wants (PVE/API2/Qemu.pm, update_vm_api). */
function balloonAbove(
  resource: Resource,
  { desired, live }: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  const change = changes.find(({ key, state }) => key === 'memory' && state === 'change');
  const memory = desired.find(({ key }) => key === 'memory')?.value;
  const balloon = Number(live?.pending.get('balloon') ?? 0) * MIB;
  const isManaged = desired.some(({ key }) => key === 'balloon');
  if (change === undefined || typeof memory !== 'number' || isManaged || balloon <= memory) return [];
  const detail = `memory.size is ${displaySize(memory)} (${change.origin}), and the guest has a balloon of ${displaySize(balloon)}, which the document does not mention and which cannot be above it. Write balloon: null beside it.`;
  return [specError(resource, '/memory/size', 'balloon larger than memory', detail)];
}

function diskLimits(
  resource: Resource,
  { desired, live }: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  const keys = new Set(changes.filter((change) => change.state === 'change').map((change) => change.key));
  return [...keys].filter(isDriveKey).flatMap((key) => {
    const parts = storedParts(key, live?.pending.get(key) ?? '') ?? {};
    const managed = new Map(
      desired.filter((value) => value.key === key).map((value) => [value.sub ?? '', value.value]),
    );
    const after = (sub: string): unknown => (managed.has(sub) ? managed.get(sub) : parts[sub]);
    const bereft = burstsWithoutLimit(resource, key, new Set([...managed.keys(), ...Object.keys(parts)]), after);
    if (bereft.length > 0) return bereft;
    return EXCLUDED.filter(([total, part]) => after(total) !== undefined && after(part) !== undefined).map(
      ([total, part]) => {
        const [wanted, other] = managed.get(total) === undefined ? [part, total] : [total, part];
        const base = `disks.${key}.limits`;
        const detail = `${base}.${PATH_OF[wanted]} excludes ${base}.${PATH_OF[other]}, which the guest has (${parts[other]}) and the document does not mention. Write ${PATH_OF[other]}: null beside it.`;
        return specError(resource, `/disks/${key}/limits/${PATH_OF[wanted]}`, 'limits exclude each other', detail);
      },
    );
  });
}

/** What a burst needs: its limit, and its length the burst (PVE/QemuServer/Drive.pm, parse_drive). */
function neededBy(sub: string): string | undefined {
  const limit = /^(.+)_max$/.exec(sub)?.[1];
  return limit ?? /^(.+_max)_length$/.exec(sub)?.[1]?.replace(/^bps/, 'mbps');
}

function pathOf(key: string, sub: string): string {
  const field = vmFields.find((candidate) => candidate.key === '*' && candidate.sub === sub);
  return field?.path.replace('*', key) ?? `${key}.${sub}`;
}

/** Bursts that the guest has and the document does not manage, and whose limit it takes away. */
function burstsWithoutLimit(
  resource: Resource,
  key: string,
  subs: ReadonlySet<string>,
  after: (sub: string) => unknown,
): readonly Diagnostic[] {
  return [...subs].flatMap((sub) => {
    const needed = neededBy(sub);
    if (needed === undefined || after(sub) === undefined || after(needed) !== undefined) return [];
    const [burst, limit] = [pathOf(key, sub), pathOf(key, needed)];
    const detail = `${burst} of the guest is ${after(sub)}, which the document does not mention and which needs ${limit}. Write ${burst}: null beside it, or keep ${limit}.`;
    return [specError(resource, `/${limit.replaceAll('.', '/')}`, 'a burst without its limit', detail)];
  });
}
