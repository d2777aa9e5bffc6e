import type { Diagnostic } from '../../../core/diagnostic.ts';
import { isObject } from '../../../core/json.ts';
import { originOf, type Resource, rangeOf, valueAt } from '../../../core/resource.ts';
import { KIB } from '../../../core/units.ts';
import { devicesOf, sizeAt, specError } from '../vm-values.ts';

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

/** A burst needs its limit, and its length the burst (qemu-server: PVE/QemuServer/Drive.pm, parse_drive). */
function checkBursts(resource: Resource, slot: string): readonly Diagnostic[] {
  const limits = valueAt(resource.spec, `/disks/${slot}/limits`);
  if (!isObject(limits)) return [];
  return Object.entries(limits).flatMap(([name, value]) => {
    const base = /^(.+)Max$/.exec(name)?.[1] ?? /^(.+)Length$/.exec(name)?.[1];
    if (value === null || base === undefined || (limits[base] !== undefined && limits[base] !== null)) return [];
    const detail = `disks.${slot}.limits.${name} needs ${base}. Write ${base} beside it.`;
    return [specError(resource, `/disks/${slot}/limits/${name}`, 'does not fit', detail)];
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

const EXCLUDED_BY_VOLUME = ['storage', 'size', 'format', 'image', 'import'];

/** What says how to make a volume, beside a volume that is there; what `"*"` of a project file says is for new ones. */
function checkVolume(resource: Resource, slot: string): readonly Diagnostic[] {
  const volume = valueAt(resource.spec, `/disks/${slot}/volume`);
  if (typeof volume !== 'string') return [];
  const { file } = rangeOf(resource, `/disks/${slot}/volume`);
  const beside = EXCLUDED_BY_VOLUME.filter((name) => {
    const at = `/disks/${slot}/${name}`;
    const value = valueAt(resource.spec, at);
    return value !== undefined && value !== null && originOf(resource, at).range?.file === file;
  });
  return beside.map((name) => {
    const detail = `disks.${slot}.volume attaches ${volume}, which is there already, and disks.${slot}.${name} says how a new disk is to be. Remove one of them; once the volume is attached, the disk can be grown or moved by a document that leaves volume out.`;
    return specError(resource, `/disks/${slot}/${name}`, 'volume excludes this', detail);
  });
}

/** A volume that two slots of one document attach. */
function checkVolumesOnce(resource: Resource): readonly Diagnostic[] {
  const taken = new Map<string, string>();
  return devicesOf(resource, 'disks').flatMap(([slot, { volume }]) => {
    if (typeof volume !== 'string') return [];
    const other = taken.get(volume);
    if (other === undefined) {
      taken.set(volume, slot);
      return [];
    }
    const detail = `disks.${slot} and disks.${other} both attach ${volume}. Two disks on one volume destroy what is on it: remove one of them.`;
    return [specError(resource, `/disks/${slot}/volume`, 'volume attached twice', detail)];
  });
}

/**
 * The rules of disks: none on the medium's slot, volumes attached once and as they are, whole sizes, and limits that do not contradict each other (qemu-server:
 * PVE/QemuServer/Drive.pm, parse_drive, refuses a drive with both).
 */
export function checkDisks(resource: Resource): readonly Diagnostic[] {
  const slots = devicesOf(resource, 'disks').map(([slot]) => slot);
  return [
    ...checkMediumSlot(resource),
    ...checkVolumesOnce(resource),
    ...slots.flatMap((slot) => [
      ...checkVolume(resource, slot),
      ...checkSize(resource, slot),
      ...checkLimits(resource, slot),
      ...checkBursts(resource, slot),
    ]),
  ];
}
