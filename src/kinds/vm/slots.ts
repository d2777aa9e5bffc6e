import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Change } from '../../core/plan.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import type { LiveState, Observation } from '../kind.ts';
import { isDisk, isDriveKey, storedParts } from './live.ts';

function impossible(resource: Resource, change: Change, summary: string, detail: string): Diagnostic {
  const pointer = `/${change.path.replaceAll('.', '/')}`;
  const range = originOf(resource, pointer).range ?? resource.range;
  return { severity: 'error', code: 'IMPOSSIBLE', summary, detail, range, address: resource.address, pointer };
}

function bootDevices(live: LiveState): readonly string[] {
  const boot = live.current.get('boot');
  return boot === undefined ? [] : (storedParts('boot', boot)?.['order']?.split(';') ?? []);
}

function isMedium(text: string): boolean {
  return !isDisk(text) && !/cloudinit/.test(storedParts('ide2', text)?.['file'] ?? '');
}

function isProtected({ desired, live }: Observation): boolean {
  const managed = desired.find((value) => value.key === 'protection');
  return managed === undefined ? live?.pending.get('protection') === '1' : managed.value === true;
}

function slotProblem(
  resource: Resource,
  change: Change,
  live: LiveState,
  observation: Observation,
): Diagnostic | undefined {
  const { key, path, after } = change;
  const { vmid } = observation;
  const text = live.pending.get(key);
  if (change.state !== 'change' || text === undefined) return undefined;
  const remedy = `Look at it with qm config ${vmid}; leave ${path} out, or remove the drive by hand first.`;
  if (path === 'os.media' && !isMedium(text))
    return impossible(
      resource,
      change,
      'the slot holds no medium',
      `${key} of guest ${vmid} holds ${text}, which is no medium, and would be taken out of the guest. ${remedy}`,
    );
  if (path.startsWith('disks.') && after !== null && !isDisk(text))
    return impossible(
      resource,
      change,
      'the slot holds no disk',
      `${key} of guest ${vmid} holds ${text}, which is no disk. ${remedy}`,
    );
  if (after === null && (path === `disks.${key}` || path === 'os.media') && isProtected(observation))
    return impossible(
      resource,
      change,
      'the guest is protected',
      `Guest ${vmid} has protection set, which refuses the removal of ${key}. Write protection: false beside it.`,
    );
  // qemu-server: PVE/QemuServer.pm, vm_deviceunplug: a disk that the running guest may boot from is never unplugged.
  const pluggable = live.running && live.hotplug.has('disk') && /^(scsi|virtio)/.test(key);
  if (path === `disks.${key}` && after === null && pluggable && bootDevices(live).includes(key))
    return impossible(
      resource,
      change,
      'a boot disk cannot be removed from a running guest',
      `${key} is in the boot order that guest ${vmid} was started with, and Proxmox VE does not unplug such a disk. Shut the guest down, and apply again.`,
    );
  return undefined;
}

/** What stands in the way of changes to a drive's slot: another sort of drive in it, or a boot disk that is in use. */
export function slotProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  const { live } = observation;
  if (live === undefined) return [];
  const told = new Set<string>();
  return changes
    .filter((change) => isDriveKey(change.key))
    .flatMap((change) => {
      const problem = slotProblem(resource, change, live, observation);
      if (problem === undefined || told.has(change.key)) return [];
      told.add(change.key);
      return [problem];
    });
}
