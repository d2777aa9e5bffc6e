import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import { type Resource, rangeOf } from '../../../core/resource.ts';
import type { LiveState, Observation } from '../../kind.ts';
import { isCloudInitDrive, isDisk, isDriveKey, isVolumeKey, storedParts } from '../live.ts';

function impossible(resource: Resource, change: Change, summary: string, detail: string): Diagnostic {
  const pointer = `/${change.path.replaceAll('.', '/')}`;
  const range = rangeOf(resource, pointer);
  return { severity: 'error', code: 'IMPOSSIBLE', summary, detail, range, address: resource.address, pointer };
}

function bootDevices(live: LiveState): readonly string[] {
  const boot = live.current.get('boot');
  return boot === undefined ? [] : (storedParts('boot', boot)?.['order']?.split(';') ?? []);
}

function isMedium(text: string): boolean {
  return !isDisk(text) && !isCloudInitDrive(text);
}

function isProtected({ desired, live }: Observation): boolean {
  const managed = desired.find((value) => value.key === 'protection');
  return managed === undefined ? live?.pending.get('protection') === '1' : managed.value === true;
}

const REMOVALS: ReadonlySet<string> = new Set(['disks.*', 'os.media', 'system.efi', 'system.tpm']);

/**
 * A guest that has its CD drive in another slot than the medium's: a second drive is not added silently, and what is in
 * the other one may be somebody's own (drivers beside an installation medium), so that it is not taken over either.
 */
function otherMediumSlot(resource: Resource, change: Change, live: LiveState, vmid: number): Diagnostic | undefined {
  const others = [...live.pending.keys()]
    .filter((key) => isDriveKey(key) && isMedium(live.pending.get(key) ?? ''))
    .sort();
  if (others.length === 0) return undefined;
  const detail = `os.media is the drive ${change.key}, which guest ${vmid} does not have; it has a CD drive in ${others.join(', ')}. Leave os.media out and change the medium there (qm set ${vmid} --${others[0]} VOLUME,media=cdrom), or remove that drive first (qm set ${vmid} --delete ${others[0]}).`;
  return impossible(resource, change, 'the guest has its CD drive in another slot', detail);
}

function slotProblem(
  resource: Resource,
  change: Change,
  live: LiveState,
  observation: Observation,
): Diagnostic | undefined {
  const { key, path, after } = change;
  const { vmid } = observation;
  // What is to be removed is in its slot until the guest stops.
  const text = live.pending.get(key) ?? (after === null ? undefined : live.current.get(key));
  if (change.state === 'change' && path === 'os.media' && text === undefined && after !== null)
    return otherMediumSlot(resource, change, live, vmid);
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
  if (after === null && REMOVALS.has(path.replace(/^disks\.[^.]+$/, 'disks.*')) && isProtected(observation))
    return impossible(
      resource,
      change,
      'the guest is protected',
      `Guest ${vmid} has protection set, which refuses the removal of ${key}. Write protection: false beside it.`,
    );
  // qemu-server: PVE/QemuServer.pm, vm_deviceunplug: a disk that the running guest may boot from is never unplugged.
  const goes = (path === `disks.${key}` && after === null) || path === `disks.${key}.volume`;
  const plugged = live.running && live.hotplug.has('disk') && live.current.has(key);
  // PVE/QemuServer.pm, vmconfig_update_disk: the volume of an ide or sata drive would be unplugged, which it cannot be.
  if (path === `disks.${key}.volume` && plugged && /^(ide|sata)/.test(key))
    return impossible(
      resource,
      change,
      'the volume of this bus cannot be changed while the guest runs',
      `${key} of guest ${vmid} cannot be unplugged from the running guest. Shut the guest down, and apply again.`,
    );
  if (goes && plugged && /^(scsi|virtio)/.test(key) && bootDevices(live).includes(key))
    return impossible(
      resource,
      change,
      'a boot disk cannot be removed from a running guest',
      `${key} is in the boot order that guest ${vmid} was started with, and Proxmox VE does not unplug such a disk. Shut the guest down, and apply again.`,
    );
  return undefined;
}

/** Disks of the document in the slot where the guest has its cloud-init drive, which the document keeps. */
function sharedSlots(resource: Resource, { desired, vmid }: Observation): readonly Diagnostic[] {
  const drives = new Set(
    desired.filter(({ path, value }) => path === 'cloudInit' && value === true).map(({ key }) => key),
  );
  return desired
    .filter(({ path, key }) => drives.has(key) && path === `disks.${key}`)
    .map(({ path, key, value, origin }) => {
      const pointer = `/disks/${key}`;
      const range = rangeOf(resource, pointer);
      const remedy = value === undefined ? `Leave ${path} out` : 'Take another slot for the disk';
      const detail = `${path} (${origin}) is the slot of the cloud-init drive of guest ${vmid}. ${remedy}, or write cloudInit.drive with another one for the drive.`;
      const summary = 'the slot holds no disk';
      return { severity: 'error', code: 'IMPOSSIBLE', summary, detail, range, address: resource.address, pointer };
    });
}

/** What stands in the way of changes to a drive's slot: another sort of drive in it, or a boot disk that is in use. */
export function slotProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  const { live } = observation;
  if (live === undefined) return [];
  const shared = sharedSlots(resource, observation);
  const told = new Set(shared.map(({ pointer = '' }) => pointer.slice('/disks/'.length)));
  const others = changes
    .filter((change) => isVolumeKey(change.key))
    .flatMap((change) => {
      const problem = slotProblem(resource, change, live, observation);
      if (problem === undefined || told.has(change.key)) return [];
      told.add(change.key);
      return [problem];
    });
  return [...shared, ...others];
}
