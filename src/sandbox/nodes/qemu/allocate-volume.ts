import { failure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { StorageDefinition, Volume } from '../../host.ts';
import type { GuestScope } from './guest.ts';

/** What a new volume is to be. */
export interface VolumeRequest {
  readonly format?: string;
  /** Bytes. */
  readonly size: number;
  readonly name?: string;
  /** The base image that it is a linked clone of. */
  readonly base?: string;
}

/**
 * Allocates a volume for the guest of the scope and logs what the storage's program prints; throws where the node
 * does not have the storage (pve-storage: PVE/Storage.pm, vdisk_alloc).
 */
export function allocateVolume(scope: GuestScope, storage: StorageDefinition, request: VolumeRequest): Volume {
  checkStorageOn(storage, scope.node);
  const volume = scope.host.volumes.allocate({ storage: storage.id, node: scope.node, vmid: scope.vmid, ...request });
  const name = volume.volid.slice(storage.id.length + 1);
  if (storage.path !== undefined) scope.log(formattingLine(scope, storage.path, volume, request));
  else if (storage.type === 'lvm' || storage.type === 'lvmthin') scope.log(`  Logical volume "${name}" created.`);
  return volume;
}

/** Throws where a storage is limited to other nodes. */
export function checkStorageOn(storage: StorageDefinition, node: string): void {
  if (storage.nodes !== undefined && !storage.nodes.includes(node)) {
    throw failure(`storage '${storage.id}' is not available on node '${node}'`);
  }
}

function formattingLine(scope: GuestScope, folder: string, volume: Volume, { size, base }: VolumeRequest): string {
  const file = volume.volid
    .slice(volume.storage.length + 1)
    .split('/')
    .slice(-2)
    .join('/');
  const begin = `Formatting '${folder}/images/${file}', fmt=${volume.format}`;
  if (volume.format !== 'qcow2') return `${begin} size=${size} preallocation=off`;
  const end = 'lazy_refcounts=off refcount_bits=16';
  const isFine = base !== undefined && behaviourOf(scope.host).preallocatesLinkedClones;
  const clusters = isFine ? 'cluster_size=131072 extended_l2=on' : 'cluster_size=65536 extended_l2=off';
  const preallocation = base === undefined || isFine ? ' preallocation=metadata' : '';
  const backing = base === undefined ? '' : ` backing_file=${relativeBase(base)} backing_fmt=${formatOf(base)}`;
  return `${begin} ${clusters}${preallocation} compression_type=zlib size=${size}${backing} ${end}`;
}

/** A base image's path as a linked clone's file names it. */
export function relativeBase(base: string): string {
  return `../${base
    .slice(base.indexOf(':') + 1)
    .split('/')
    .slice(-2)
    .join('/')}`;
}

function formatOf(volid: string): string {
  return volid.slice(volid.lastIndexOf('.') + 1);
}
