import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Change } from '../../core/plan.ts';
import type { Resource } from '../../core/resource.ts';
import type { Observation } from '../kind.ts';
import { isDriveKey, storedParts } from './live.ts';
import { specError } from './vm-values.ts';

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
 * Limits of a disk that contradict each other only together with what the guest has and the document does not manage:
 * Proxmox VE refuses a total beside limits of reads and writes apart (qemu-server: PVE/QemuServer/Drive.pm, parse_drive).
 */
export function limitConflicts(
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
