import type { Diagnostic } from '../../core/diagnostic.ts';
import { isObject } from '../../core/json.ts';
import { originOf, type Resource, valueAt } from '../../core/resource.ts';
import { KIB } from '../../core/units.ts';
import { devicesOf, sizeAt, specError } from './vm-values.ts';

// The slot of the medium, `os.media`.
const MEDIUM_SLOT = 'ide2';

/** Whether a spec manages the medium: it then takes the slot `ide2`. */
export function takesMediumSlot(resource: Resource): boolean {
  const media = valueAt(resource.spec, '/os/media');
  return media !== undefined && media !== null;
}

function checkMediumSlot(resource: Resource): readonly Diagnostic[] {
  const disks = resource.spec['disks'];
  if (!isObject(disks) || !Object.hasOwn(disks, MEDIUM_SLOT) || !takesMediumSlot(resource)) return [];
  const byDefault = originOf(resource, '/os/media').builtIn
    ? ', which a guest has unless the document says otherwise'
    : '';
  const detail = `The slot ide2 holds the installation medium (os.media)${byDefault}. Take another slot for the disk, or write os: { media: null }.`;
  return [specError(resource, `/disks/${MEDIUM_SLOT}`, 'slot taken', detail)];
}

function checkLimits(resource: Resource, slot: string): readonly Diagnostic[] {
  const at = `/disks/${slot}/limits`;
  const isSet = (name: string): boolean => typeof valueAt(resource.spec, `${at}/${name}`) === 'number';
  return ['mbps', 'iops'].flatMap((total) => {
    const parts = [`${total}Read`, `${total}Write`].filter(isSet);
    if (!isSet(total) || parts.length === 0) return [];
    const detail = `disks.${slot}.limits has ${total} and ${parts.join(' and ')}. A total excludes limits of reads and writes apart: remove one or the other.`;
    return [specError(resource, `${at}/${total}`, 'limits exclude each other', detail)];
  });
}

function checkSize(resource: Resource, slot: string): readonly Diagnostic[] {
  const at = `/disks/${slot}/size`;
  const written = valueAt(resource.spec, at);
  if (typeof written !== 'string') return [];
  const bytes = sizeAt(resource, at);
  if (bytes === 0)
    return [specError(resource, at, 'out of range', `disks.${slot}.size is 0; a disk has 1KiB or more.`)];
  if (bytes !== undefined && bytes % KIB === 0) return [];
  return [
    specError(
      resource,
      at,
      'no whole size',
      `disks.${slot}.size is ${written}, which is no whole number of KiB. Write it in a smaller unit.`,
    ),
  ];
}

/**
 * The rules of disks: none on the medium's slot, whole sizes, and limits that do not contradict each other (qemu-server:
 * PVE/QemuServer/Drive.pm, parse_drive, refuses a drive with both).
 */
export function checkDisks(resource: Resource): readonly Diagnostic[] {
  const slots = devicesOf(resource, 'disks').map(([slot]) => slot);
  return [
    ...checkMediumSlot(resource),
    ...slots.flatMap((slot) => [...checkSize(resource, slot), ...checkLimits(resource, slot)]),
  ];
}
