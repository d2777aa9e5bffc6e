import { parseSize } from '../../core/units.ts';
import { encodeText } from '../encode-text.ts';
import type { StorageDefinition, Volume } from '../host.ts';
import { STORAGE_TYPES } from '../storage/storage-types.ts';
import { MADE_AT } from './build.ts';

/** `smbios1`, `vmgenid`, `meta` and the like of a guest that a world holds: the same for the same id. */
export function generatedKeys(vmid: number): Readonly<Record<string, string>> {
  const tail = String(vmid).padStart(12, '0');
  return {
    meta: `creation-qemu=10.1.2,ctime=${MADE_AT}`,
    smbios1: `uuid=6f1d0000-0000-4000-8000-${tail}`,
    vmgenid: `6f1d0000-0000-4000-9000-${tail}`,
  };
}

/** A MAC address from an id: the same for the same id. */
export function macOf(vmid: number, index = 0): string {
  const digits = (vmid * 8 + index).toString(16).toUpperCase().padStart(6, '0').slice(-6);
  return `BC:24:11:${digits.replace(/(..)(..)(..)/, '$1:$2:$3')}`;
}

/** The text of a config file from its keys, sorted as Proxmox VE writes them. */
export function configText(values: Readonly<Record<string, string>>): string {
  const { description, ...rest } = values;
  const comments = description === undefined ? [] : description.split('\n').map((line) => `#${encodeText(line)}`);
  const lines = Object.keys(rest)
    .sort()
    .map((key) => `${key}: ${rest[key]}`);
  return [...comments, ...lines].map((line) => `${line}\n`).join('');
}

const DRIVE = /^(?:(?:ide|sata|scsi|virtio|efidisk|tpmstate|unused)\d+|vmstate): ([^,\s]+)(?:,(\S*))?$/;
const CLOUD_INIT = /-cloudinit(?:\.\w+)?$/;

/**
 * The volumes that the text of a config file names, in its snapshots too, each once, on the storages that are known. A
 * drive without `size=` counts as 1 GiB, as nothing else says how large it is; that of cloud-init has 4 MiB.
 */
export function volumesOf(
  guest: { readonly node: string; readonly config: string },
  storages: readonly StorageDefinition[],
): readonly Volume[] {
  const found = new Map<string, Volume>();
  for (const line of guest.config.split('\n')) {
    const [, volid = '', options = ''] = DRIVE.exec(line) ?? [];
    const storage = storages.find(({ id }) => volid.startsWith(`${id}:`));
    const isMedium = options.includes('media=cdrom') && !CLOUD_INIT.test(volid);
    if (storage === undefined || isMedium || found.has(volid)) continue;
    const owner = /(?:vm|base|subvol)-(\d+)-[^/]*$/.exec(volid)?.[1];
    const size = parseSize(/(?:^|,)size=([^,]+)/.exec(options)?.[1] ?? (CLOUD_INIT.test(volid) ? '4M' : '1G')) ?? 0;
    const { isFile } = STORAGE_TYPES[storage.type];
    found.set(volid, {
      volid,
      storage: storage.id,
      ...(storage.shared ? {} : { node: guest.node }),
      content: 'images',
      format: isFile ? (/\.(\w+)$/.exec(volid)?.[1] ?? 'raw') : 'raw',
      size,
      ...(owner === undefined ? {} : { vmid: Number(owner) }),
      ctime: MADE_AT,
    });
  }
  return [...found.values()];
}
