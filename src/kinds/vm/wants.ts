import { isObject } from '../../core/json.ts';
import { type Origin, originOf, type Resource } from '../../core/resource.ts';
import { GIB, parseSize } from '../../core/units.ts';
import { storageOf } from './disks/volumes.ts';

/** A volume that a document asks for. */
export interface WantedDisk {
  readonly slot: string;
  readonly path: string;
  readonly storage: string;
  readonly origin: Origin;
  /** Bytes that it takes of the storage; 0 for a volume that is there. */
  readonly size: number;
}

/** A bridge that a document asks for. */
export interface WantedBridge {
  readonly slot: string;
  readonly path: string;
  readonly bridge: string;
  readonly origin: Origin;
}

function entriesOf(value: unknown): readonly (readonly [slot: string, entry: Record<string, unknown>])[] {
  return isObject(value)
    ? Object.entries(value).filter((entry): entry is [string, Record<string, unknown>] => isObject(entry[1]))
    : [];
}

/** The order in which Proxmox VE goes through drives (qemu-server: PVE/QemuServer/Drive.pm, valid_drive_names). */
export function slotOrder(slot: string): number {
  const bus = ['ide', 'scsi', 'virtio', 'sata'].findIndex((name) => slot.startsWith(name));
  return bus * 100 + Number(/\d+$/.exec(slot)?.[0] ?? 0);
}

/** What a disk asks of storages: where it is to be made, or where the volume lies that it attaches. */
function wantedVolume(resource: Resource, slot: string, disk: Record<string, unknown>): WantedDisk | undefined {
  const volume = disk['volume'];
  const attached = typeof volume === 'string';
  const storage = attached ? storageOf(volume) : disk['storage'];
  if (typeof storage !== 'string') return undefined;
  const name = attached ? 'volume' : 'storage';
  const size = attached ? 0 : (parseSize(String(disk['size'])) ?? 0);
  return { slot, path: `disks.${slot}.${name}`, storage, origin: originOf(resource, `/disks/${slot}/${name}`), size };
}

/** The disks of a document that say a storage, first disk first. */
export function wantedDisks(resource: Resource): readonly WantedDisk[] {
  return entriesOf(resource.spec['disks'])
    .map(([slot, disk]) => ({ slot, disk }))
    .sort((left, right) => slotOrder(left.slot) - slotOrder(right.slot))
    .map(({ slot, disk }) => wantedVolume(resource, slot, disk))
    .filter((wanted) => wanted !== undefined);
}

/** The EFI disk and the TPM's state, which go to the storage of the first disk where they name none. */
export function wantedFirmware(resource: Resource): readonly WantedDisk[] {
  const [first] = wantedDisks(resource);
  const system = resource.spec['system'];
  if (!isObject(system)) return [];
  return (['efi', 'tpm'] as const).flatMap((name) => {
    const device = system[name];
    if (!isObject(device)) return [];
    const slot = name === 'efi' ? 'efidisk0' : 'tpmstate0';
    const path = `system.${name}.storage`;
    const written = device['storage'];
    if (typeof written === 'string')
      return [{ slot, path, storage: written, origin: originOf(resource, `/system/${name}/storage`), size: GIB / 256 }];
    return first === undefined ? [] : [{ slot, path, storage: first.storage, origin: first.origin, size: GIB / 256 }];
  });
}

/** The bridges of a document. */
export function wantedBridges(resource: Resource): readonly WantedBridge[] {
  return entriesOf(resource.spec['network']).flatMap(([slot, nic]) =>
    typeof nic['bridge'] === 'string'
      ? [
          {
            slot,
            path: `network.${slot}.bridge`,
            bridge: nic['bridge'],
            origin: originOf(resource, `/network/${slot}/bridge`),
          },
        ]
      : [],
  );
}
