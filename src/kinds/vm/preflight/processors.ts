import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation } from '../../kind.ts';
import { specError } from '../vm-values.ts';

const KEYS: ReadonlySet<string> = new Set(['vcpus', 'cores', 'sockets']);

/**
 * More vcpus than the guest will have processors, together with what it has and the document does not manage. Proxmox VE
 * writes that, and QEMU refuses to start with it (qemu-server: PVE/QemuServer.pm, config_to_command, `-smp`).
 */
export function vcpusAbove(
  resource: Resource,
  { desired, live }: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  const change = changes.find(({ key, state }) => KEYS.has(key) && state === 'change');
  if (change === undefined) return [];
  const managed = new Map(desired.filter(({ key }) => KEYS.has(key)).map(({ key, value }) => [key, value]));
  const after = (key: string): number | undefined => {
    const value = managed.has(key) ? managed.get(key) : live?.pending.get(key);
    return value === undefined ? undefined : Number(value);
  };
  const [vcpus, sockets, cores] = [after('vcpus'), after('sockets') ?? 1, after('cores') ?? 1];
  if (vcpus === undefined || vcpus <= sockets * cores) return [];
  const count = `${sockets * cores} (sockets ${sockets} × cores ${cores})`;
  if (managed.get('vcpus') !== undefined) {
    const detail = `cpu.vcpus is ${vcpus}, and the guest has ${count}. Lower vcpus, or raise cores.`;
    return [specError(resource, '/cpu/vcpus', 'more vcpus than cores', detail)];
  }
  const detail = `${change.path} is ${String(change.after)} (${change.origin}), which makes ${count}, and the guest has vcpus ${vcpus}, which the document does not mention. Write vcpus: null beside it.`;
  return [specError(resource, `/${change.path.replaceAll('.', '/')}`, 'more vcpus than cores', detail)];
}
