import { printPropertyString } from '../../../pve/codecs/property-string.ts';
import { formatOf, isCloudInitDrive, isDisk, isVolumeKey, storedParts } from '../live.ts';
import type { CloneMode } from './source.ts';

/** What a clone's config values depend on besides those of its source. */
export interface CloneFacts extends CloneMode {
  readonly vmid: number;
  readonly name: string;
  readonly description: string | undefined;
  /** The types of the storages of the source's node, by name. */
  readonly storageTypes: ReadonlyMap<string, string>;
}

// What a clone does not take from its source (qemu-server: PVE/API2/Qemu.pm, clone_vm; PVE/AbstractConfig.pm,
// __snapshot_copy_config): unused volumes, what belongs to snapshots, the template flag.
const NOT_CLONED =
  /^(unused\d+|template|parent|lock|snapstate|snaptime|vmstate|runningmachine|runningcpu|running-nets-host-mtu|digest)$/;

// Storages whose volumes are files (pve-storage: PVE/Storage/*Plugin.pm).
const FILE_STORAGES: ReadonlySet<string> = new Set(['dir', 'nfs', 'cifs', 'btrfs', 'glusterfs', 'cephfs']);
const FORMATS: ReadonlySet<string> = new Set(['raw', 'qcow2', 'vmdk']);

/** Whether a config value is a drive whose volume is copied or linked: a disk, or cloud-init's drive; no medium. */
export function hasOwnVolume(key: string, text: string): boolean {
  if (!isVolumeKey(key)) return false;
  return /^(efidisk|tpmstate)/.test(key) || isDisk(text) || isCloudInitDrive(text);
}

/** The storage that a drive's volume lies on; undefined for a path, and for no volume at all. */
export function storageOf(text: string): string | undefined {
  return /^([^:/]+):/.exec(storedParts('scsi0', text)?.['file'] ?? '')?.[1];
}

/** The image format that a copied or linked volume has (PVE/QemuServer.pm, clone_disk, resolve_dst_disk_format). */
function formatOfCopy(key: string, file: string, linked: boolean, type: string | undefined): string {
  if (!FILE_STORAGES.has(type ?? '')) return 'raw';
  if (linked) return 'qcow2';
  const format = /\.(\w+)$/.exec(file)?.[1] ?? 'raw';
  return key !== 'tpmstate0' && FORMATS.has(format) ? format : 'raw';
}

/**
 * The volume of a clone's drive as far as it is known beforehand: storage, owner and format. The number in its name is
 * Proxmox VE's to choose; requests say `{volume}`.
 */
function clonedFile(key: string, text: string, facts: CloneFacts): string {
  const file = storedParts(key, text)?.['file'] ?? '';
  const storage = facts.storage ?? storageOf(text) ?? '';
  const type = facts.storageTypes.get(storage);
  const cloudInit = isCloudInitDrive(text);
  const format = formatOfCopy(key, file, facts.mode === 'linked' && !cloudInit, type);
  const suffix = FILE_STORAGES.has(type ?? '') ? `.${format}` : '';
  return `${storage}:vm-${facts.vmid}-${cloudInit ? 'cloudinit' : `{${key}}`}${suffix}`;
}

function clonedText(key: string, text: string, facts: CloneFacts): string {
  const format = formatOf(key);
  if (hasOwnVolume(key, text)) {
    const { format: _, ...parts } = storedParts(key, text) ?? {};
    return printPropertyString({ ...parts, file: clonedFile(key, text, facts) }, format ?? {});
  }
  if (/^net\d+$/.test(key)) return printPropertyString({ ...storedParts(key, text), macaddr: '{mac}' }, format ?? {});
  if (key === 'smbios1')
    return ['uuid={uuid}', ...text.split(',').filter((part) => !part.startsWith('uuid='))].join(',');
  // Whatever it was, Proxmox VE makes a new one, which is what 1 asks for.
  return key === 'vmgenid' ? '1' : text;
}

/**
 * The config values that a clone will have: those of its source, with what Proxmox VE changes in cloning. What it makes
 * anew stands as a placeholder: `{mac}`, `{uuid}`, and volumes that are known but for their number.
 */
export function clonedTexts(source: ReadonlyMap<string, string>, facts: CloneFacts): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [key, text] of source) if (!NOT_CLONED.test(key)) texts.set(key, clonedText(key, text, facts));
  if (!texts.has('smbios1')) texts.set('smbios1', 'uuid={uuid}');
  texts.set('name', facts.name);
  if (facts.description !== undefined) texts.set('description', facts.description);
  return texts;
}
