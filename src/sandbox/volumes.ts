import { GIB, MIB } from '../core/units.ts';
import { failure } from './api-error.ts';
import type { StorageDefinition, Volume, VolumeStore } from './host.ts';
import { STORAGE_TYPES } from './storage/storage-types.ts';
import type { Capacity } from './worlds/world.ts';

/** The volumes of all storages, and how full those are. */
export interface SandboxVolumes extends VolumeStore {
  /** To be written to the state's file. */
  all(): readonly Volume[];
  /** Whether a storage answers on a node. */
  isActive(storage: string, node: string): boolean;
  /** How full a storage is as seen from a node, in bytes. */
  capacity(storage: string, node: string): Capacity;
  /** Adds a volume as it is, in place of one of the same id. */
  put(volume: Volume): void;
}

/** What the volumes need. */
export interface VolumesOptions {
  readonly storages: readonly StorageDefinition[];
  readonly capacities: Readonly<Record<string, Capacity>>;
  readonly saved: readonly Volume[];
  /** Storages that do not answer on a node, as `STORAGE/NODE`. */
  readonly inactive?: readonly string[];
  /** Milliseconds since the epoch. */
  now(): number;
  /** Called at every change. */
  onChange(): void;
}

const DEFAULT_CAPACITY: Capacity = { total: 100 * GIB, used: 0 };
/** Bytes of an extent of a volume group. */
const EXTENT = 4 * MIB;
/** Bytes to whose multiples a storage rounds the size of a volume (pve-storage: PVE/Storage/*Plugin.pm). */
const GRAIN: Readonly<Record<string, number>> = { rbd: MIB, zfspool: MIB, lvm: EXTENT, lvmthin: EXTENT };

/** Volumes named and rounded as each type of storage does; only `lvm` and thick `zfspool` can be too full for a new one. */
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
  const existing = (volid: string, node: string): Volume => {
    const volume = find(volid, node);
    if (volume === undefined) throw failure(`volume '${volid}' does not exist`);
    return volume;
  };
  const renamed = (volume: Volume, volid: string, vmid: number | undefined): Volume => {
    volumes.delete(keyOf(volume.volid, volume.node));
    const result = put({ ...volume, volid, ...(vmid === undefined ? {} : { vmid }) });
    options.onChange();
    return result;
  };
  const list = (storage: string, node: string): readonly Volume[] =>
    [...volumes.values()].filter(
      (volume) => volume.storage === storage && (volume.node === undefined || volume.node === node),
    );
  const capacity = (storage: string, node: string): Capacity => {
    const { total, used } = options.capacities[storage] ?? DEFAULT_CAPACITY;
    const taken = list(storage, node).reduce((sum, volume) => sum + volume.size, used);
    return { total, used: Math.min(total, taken) };
  };
  return {
    find,
    list,
    all: () => [...volumes.values()],
    isActive: (storage, node) => options.inactive?.includes(`${storage}/${node}`) !== true,
    capacity,
    put(volume) {
      put(volume);
      options.onChange();
    },
    allocate(request) {
      const storage = storageNamed(request.storage);
      const isFile = STORAGE_TYPES[storage.type].isFile;
      const format = request.format ?? (isFile ? (storage.options['format'] ?? 'raw') : 'raw');
      if (!isFile && format !== 'raw') throw failure(`unsupported format '${format}'`);
      const suffix = isFile ? `.${format}` : '';
      const taken = namesTaken(list(storage.id, request.node));
      const name = request.name ?? freeName(request.vmid, taken) + suffix;
      if (request.name !== undefined && taken.has(stemOf(name))) {
        throw failure(isFile ? `disk image '${name}' already exists` : `volume '${name}' already exists`);
      }
      const { total, used } = capacity(storage.id, request.node);
      if (total - used < request.size) refuseFull(storage, name, request.size, total - used);
      const volume = put({
        volid: `${storage.id}:${basePrefix(storage, request.base)}${isFile ? `${request.vmid}/` : ''}${name}`,
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
    makeBase(volid, node) {
      const volume = existing(volid, node);
      return renamed(volume, volid.replace(/vm-(\d+-disk-[^/]+)$/, 'base-$1'), volume.vmid);
    },
    reassign(volid, node, vmid) {
      const volume = existing(volid, node);
      const isFile = STORAGE_TYPES[storageNamed(volume.storage).type].isFile;
      const name = freeName(vmid, namesTaken(list(volume.storage, node))) + (isFile ? `.${volume.format}` : '');
      const folder = volid.replace(isFile ? /\d+\/[^/]+$/ : /[^/:]+$/, '');
      return renamed(volume, `${folder}${isFile ? `${vmid}/` : ''}${name}`, vmid);
    },
    resize(volid, node, size) {
      const volume = existing(volid, node);
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

/** What a linked clone's name begins with: its base image, unless the storage's names do not say it (LvmThinPlugin.pm). */
function basePrefix(storage: StorageDefinition, base: string | undefined): string {
  if (base === undefined || storage.type === 'lvmthin') return '';
  const name = base.slice(storage.id.length + 1).split('/');
  return `${name.slice(STORAGE_TYPES[storage.type].isFile ? -2 : -1).join('/')}/`;
}

/** Types that give a volume all its room at once refuse one that does not fit (LVMPlugin.pm, ZFSPoolPlugin.pm). */
function refuseFull(storage: StorageDefinition, name: string, size: number, free: number): void {
  const group = storage.options['vgname'];
  if (storage.type === 'lvm') {
    const [left, wanted] = [Math.floor(free / EXTENT), Math.ceil(size / EXTENT)];
    const reason = `Volume group "${group}" has insufficient free space (${left} extents): ${wanted} required.`;
    throw failure(`lvcreate '${group}/${name}' error:   ${reason}`);
  }
  if (storage.type === 'zfspool' && storage.options['sparse'] !== '1') {
    throw failure(`zfs error: cannot create '${storage.options['pool']}/${name}': out of space`);
  }
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
