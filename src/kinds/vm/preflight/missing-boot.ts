import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import { type Resource, rangeOf, valueAt } from '../../../core/resource.ts';
import type { ManagedValue, Observation } from '../../kind.ts';

const BOOTABLE = /^(?:ide|sata|scsi|virtio|net|hostpci|usb)\d+$/;

/**
 * Devices of a boot order that the guest will not have, which Proxmox VE refuses (qemu-server: PVE/API2/Qemu.pm,
 * "invalid bootorder"). A device that a document merely implies, and its guest lacks, is no device of it.
 */
export function missingBootDevices(
  resource: Resource,
  { desired, live, vmid }: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  const change = changes.find(({ key, state }) => key === 'boot' && state === 'change');
  if (!Array.isArray(change?.after)) return [];
  // A medium that was not found is told of as such; its drive is there all the same.
  const isThere = ({ path, value }: ManagedValue): boolean =>
    value !== undefined || (path === 'os.media' && (valueAt(resource.spec, '/os/media') ?? null) !== null);
  const managed = new Map(desired.filter(isThere).map(({ key }) => [key, true]));
  const removed = new Set(desired.filter((value) => value.sub === undefined && !isThere(value)).map(({ key }) => key));
  const present = [...new Set([...managed.keys(), ...(live?.pending.keys() ?? [])])]
    .filter((key) => BOOTABLE.test(key) && !removed.has(key))
    .sort();
  return change.after.map(String).flatMap((device, index): readonly Diagnostic[] => {
    if (present.includes(device)) return [];
    const has = present.length === 0 ? 'It has none.' : `It has ${present.join(', ')}.`;
    const detail = `boot names ${device} (${change.origin}), which guest ${vmid} does not have and the document does not add. ${has}`;
    const pointer = `/boot/${index}`;
    const range = rangeOf(resource, pointer);
    const summary = 'unknown boot device';
    return [{ severity: 'error', code: 'MISSING', summary, detail, range, address: resource.address, pointer }];
  });
}
