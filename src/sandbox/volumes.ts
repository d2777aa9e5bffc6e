import { GIB, MIB } from '../core/units.ts';
import { failure } from './api-error.ts';
import type { StorageDefinition, Volume, VolumeStore } from './host.ts';
import type { Capacity } from './worlds/world.ts';

/** The volumes of all storages, and how full those are. */
export interface SandboxVolumes extends VolumeStore {
  /** To be written to the state's file. */
  all(): readonly Volume[];
  /** How full a storage is as seen from a node, in bytes. */
  capacity(storage: string, node: string): Capacity;
}

/** What the volumes need. */
export interface VolumesOptions {
  readonly storages: readonly StorageDefinition[];
  readonly capacities: Readonly<Record<string, Capacity>>;
  readonly saved: readonly Volume[];
  /** Milliseconds since the epoch. */
  now(): number;
  /** Called at every change. */
  onChange(): void;
}

const DEFAULT_CAPACITY: Capacity = { total: 100 * GIB, used: 0 };
const FILE_TYPES: ReadonlySet<string> = new Set(['dir', 'nfs', 'cephfs']);
/** Bytes to whose multiples a storage rounds the size of a volume (pve-storage: PVE/Storage/*Plugin.pm). */
const GRAIN: Readonly<Record<string, number>> = { rbd: MIB, zfspool: MIB, lvm: 4 * MIB, lvmthin: 4 * MIB };

/** Volumes named and rounded as each type of storage does; no storage is ever too full, all of them provision thinly. */
export function createVolumes(options: VolumesOptions): SandboxVolumes {
  const volumes = new Map<string, Volume>();
  const keyOf = (volid: string, node: string | undefined): string => `${node ?? ''} ${volid}`;
  const put = (volume: Volume): Volume => {
    volumes.set(keyOf(volume.volid, volume.node), volume);
    return volume;
  };
  const storageNamed = (id: string): StorageDefinition => {
    const storage = options.storages.find((candidate) => candidate.id === id);
    if (storage === undefined) throw failure(`storage '${id}' does not exist`);
    return storage;
  };
  for (const volume of options.saved) put(volume);
  const find = (volid: string, node: string): Volume | undefined =>
    volumes.get(keyOf(volid, node)) ?? volumes.get(keyOf(volid, undefined));
  const list = (storage: string, node: string): readonly Volume[] =>
    [...volumes.values()].filter(
      (volume) => volume.storage === storage && (volume.node === undefined || volume.node === node),
    );
  return {
    find,
    list,
    all: () => [...volumes.values()],
    capacity(storage, node) {
      const { total, used } = options.capacities[storage] ?? DEFAULT_CAPACITY;
      const taken = list(storage, node).reduce((sum, volume) => sum + volume.size, used);
      return { total, used: Math.min(total, taken) };
    },
    allocate(request) {
      const storage = storageNamed(request.storage);
      const isFile = FILE_TYPES.has(storage.type);
      const format = request.format ?? (isFile ? (storage.options['format'] ?? 'raw') : 'raw');
      if (!isFile && format !== 'raw') throw failure(`unsupported format '${format}'`);
      const suffix = isFile ? `.${format}` : '';
      const taken = namesTaken(list(storage.id, request.node));
      const name = request.name ?? freeName(request.vmid, taken) + suffix;
      if (request.name !== undefined && taken.has(stemOf(name))) {
        throw failure(isFile ? `disk image '${name}' already exists` : `volume '${name}' already exists`);
      }
      const volume = put({
        volid: `${storage.id}:${isFile ? `${request.vmid}/` : ''}${name}`,
        storage: storage.id,
        ...(storage.shared ? {} : { node: request.node }),
        content: 'images',
        format,
        size: rounded(storage, request.size),
        vmid: request.vmid,
        ctime: Math.floor(options.now() / 1000),
      });
      options.onChange();
      return volume;
    },
    resize(volid, node, size) {
      const volume = find(volid, node);
      if (volume === undefined) throw failure(`volume '${volid}' does not exist`);
      const resized = put({ ...volume, size: rounded(storageNamed(volume.storage), size) });
      options.onChange();
      return resized;
    },
    free(volid, node) {
      const volume = find(volid, node);
      if (volume === undefined) return;
      volumes.delete(keyOf(volid, volume.node));
      options.onChange();
    },
  };
}

function rounded(storage: StorageDefinition, size: number): number {
  const grain = GRAIN[storage.type] ?? 1;
  return Math.ceil(size / grain) * grain;
}

function stemOf(name: string): string {
  return name.replace(/\.(?:raw|qcow2|vmdk|subvol)$/, '').replace(/^base-/, 'vm-');
}

function namesTaken(volumes: readonly Volume[]): ReadonlySet<string> {
  return new Set(volumes.map(({ volid }) => stemOf(volid.slice(volid.search(/[/:](?=[^/:]*$)/) + 1))));
}

function freeName(vmid: number, taken: ReadonlySet<string>): string {
  let index = 0;
  while (taken.has(`vm-${vmid}-disk-${index}`)) index += 1;
  return `vm-${vmid}-disk-${index}`;
}
