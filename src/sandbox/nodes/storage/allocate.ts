import { failure, parameterFailure } from '../../api-error.ts';
import type { HouseCall } from '../../house.ts';
import { isActive } from '../../storage/activate.ts';
import { STORAGE_TYPES } from '../../storage/storage-types.ts';
import { storageOf } from './volume.ts';

/** Bytes of the units that `size` may end in; without one it counts KiB. */
const UNITS: Readonly<Record<string, number>> = { '': 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** `POST …/content`: allocates an image at once and returns its volume id (pve-storage: Content.pm, create). */
export function allocateVolume(call: HouseCall): string {
  const { host, params } = call;
  const node = String(params['node']);
  const vmid = Number(params['vmid']);
  const name = String(params['filename']);
  const [, digits = '', unit = ''] = /^(\d+)([MG]?)$/.exec(String(params['size'])) ?? [];
  const ending = /\.(raw|qcow2|vmdk)$/.exec(name)?.[1];
  const given = params['format'];
  if (ending !== undefined && given !== undefined && given !== ending) {
    throw parameterFailure({ format: `different storage formats (${given} != ${ending})` });
  }
  const storage = storageOf(call, String(params['storage']));
  if (!isActive(host, storage, node)) throw failure(`storage '${storage.id}' is disabled`);
  const isFile = STORAGE_TYPES[storage.type].isFile;
  const format = String(ending ?? given ?? storage.options['format'] ?? 'raw');
  if (name !== '') checkName(name, vmid, isFile);
  const volume = host.volumes.allocate({
    ...{ storage: storage.id, node, vmid, format, size: Number(digits) * (UNITS[unit] ?? 1024) },
    ...(name === '' ? {} : { name }),
  });
  return volume.volid;
}

function checkName(name: string, vmid: number, isFile: boolean): void {
  if (isFile && !/^(?:vm-|base-|subvol-)\d+-[^/\s]+\.(?:raw|qcow2|vmdk|subvol)$/.test(name)) {
    throw failure(`unable to parse volume filename '${name}'`);
  }
  if (!isFile && !name.startsWith(`vm-${vmid}-`)) throw failure(`illegal name '${name}' - should be 'vm-${vmid}-*'`);
}
