import type { Field } from '../../../core/field.ts';
import { isObject, type Json } from '../../../core/json.ts';
import { originOf, type Resource, valueAt } from '../../../core/resource.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { decodeVm, isCloudInitDrive, isDisk, isDriveKey } from '../live.ts';
import { fieldOn } from '../project.ts';
import { slotOrder, wantedDisks } from '../wants.ts';

/** The path under which the drive comes and goes; its storage and format are parts of it. */
export const DRIVE_PATH = 'cloudInit';

// Even ide slots, for on q35 older versions map odd ones to nothing (qemu-server: PVE/QemuServer.pm,
// print_drivedevice_full), and never that of the medium.
const SLOTS: readonly string[] = [
  'ide0',
  ...Array.from({ length: 6 }, (_, index) => `sata${5 - index}`),
  ...Array.from({ length: 31 }, (_, index) => `scsi${30 - index}`),
];
const MEDIUM_SLOT = 'ide2';

/** Whether a document manages cloud-init, and wants its drive. */
export function wantsCloudInit(resource: Resource): boolean {
  return isObject(resource.spec['cloudInit']) && valueAt(resource.spec, '/cloudInit/drive') !== null;
}

/** The slot of the cloud-init drive among config texts; a guest has at most one. */
export function cloudInitSlot(texts: ReadonlyMap<string, string>): string | undefined {
  return [...texts].find(([key, text]) => isDriveKey(key) && isCloudInitDrive(text))?.[0];
}

/** The storage of the first disk that a guest has or will have: where its other small volumes go. */
function storageOfFirstDisk(resource: Resource, live: LiveState | undefined): string | undefined {
  const [first] = wantedDisks(resource);
  if (first !== undefined) return first.storage;
  const disks = [...(live?.pending ?? [])].filter(([key, text]) => isDriveKey(key) && isDisk(text));
  const [slot, text] = disks.sort(([left], [right]) => slotOrder(left) - slotOrder(right))[0] ?? [];
  return slot === undefined || text === undefined ? undefined : decodeVm(slot, text)?.['storage'];
}

function freeSlot(resource: Resource, live: LiveState | undefined): string {
  const disks = resource.spec['disks'];
  const taken = new Set([
    MEDIUM_SLOT,
    ...(isObject(disks) ? Object.keys(disks) : []),
    ...(live?.current.keys() ?? []),
    ...(live?.pending.keys() ?? []),
  ]);
  return SLOTS.find((slot) => !taken.has(slot)) ?? 'ide0';
}

function field(
  path: string,
  key: string,
  codec: string,
  changeClass: NonNullable<Field['class']>,
  sub?: string,
): Field {
  return fieldOn(key, {
    path,
    key,
    ...(sub === undefined ? {} : { sub }),
    codec,
    class: changeClass,
    privilege: 'VM.Config.CDROM',
    description: 'The drive that carries cloud-init’s data into the guest.',
  });
}

/**
 * The drive as managed values, by the slot that it has or gets: a live one is taken where it is, unless the document
 * writes another slot; it is removed where the document writes null.
 */
export function driveValues(resource: Resource, live: LiveState | undefined): readonly ManagedValue[] {
  const written = valueAt(resource.spec, '/cloudInit/drive');
  const present = live === undefined ? undefined : (cloudInitSlot(live.pending) ?? cloudInitSlot(live.current));
  const wanted = typeof written === 'string' ? written : (present ?? freeSlot(resource, live));
  const slot = wantsCloudInit(resource) ? wanted : undefined;
  const origin = originOf(resource, written === undefined ? '/cloudInit' : '/cloudInit/drive');
  const said = { origin: origin.text, builtIn: origin.builtIn };
  const held = [live?.current, live?.pending].flatMap((texts) => (texts === undefined ? [] : [cloudInitSlot(texts)]));
  const removed = [...new Set(held)].filter((key) => key !== undefined && key !== slot) as readonly string[];
  const values: ManagedValue[] = removed.map((key) => ({
    path: slot === undefined ? DRIVE_PATH : 'cloudInit.drive',
    key,
    field: field(DRIVE_PATH, key, 'volume', 'H:disk'),
    value: undefined,
    ...said,
  }));
  if (slot === undefined) return values;
  const text = live?.pending.get(slot) ?? live?.current.get(slot);
  const parts = text === undefined || !isCloudInitDrive(text) ? undefined : decodeVm(slot, text);
  const part = (name: 'storage' | 'format', value: Json | undefined): readonly ManagedValue[] => {
    if (value === undefined) return [];
    const path = `cloudInit.${name}`;
    const at = originOf(resource, `/cloudInit/${name}`);
    return [
      {
        path,
        key: slot,
        sub: name,
        field: field(path, slot, 'string', 'P', name),
        value,
        origin: at.text,
        builtIn: at.builtIn,
      },
    ];
  };
  const saidOf = (name: string): Json | undefined => valueAt(resource.spec, `/cloudInit/${name}`) as Json | undefined;
  return [
    ...values,
    { path: DRIVE_PATH, key: slot, field: field(DRIVE_PATH, slot, 'volume', 'H:disk'), value: true, ...said },
    ...part('storage', saidOf('storage') ?? parts?.['storage'] ?? storageOfFirstDisk(resource, live)),
    ...part('format', saidOf('format')),
  ];
}
