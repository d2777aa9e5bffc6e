import { vmFormats } from '../../generated/fields/vm.ts';
import type { Pending } from '../../pve/cluster-rows.ts';
import { PropertyStringError, parsePropertyString } from '../../pve/codecs/property-string.ts';
import type { PropertyFormat } from '../../pve/facts/facts.ts';
import type { LiveState } from '../kind.ts';
import { smbiosParts } from './devices/smbios.ts';
import { formatMark, splitDescription } from './identity/mark.ts';

const DRIVE = /^(scsi|virtio|sata|ide)\d+$/;
const VOLUME = /^(?:(?:scsi|virtio|sata|ide)\d+|efidisk0|tpmstate0)$/;

/** Whether a config key is a drive's slot (which may hold a disk, a medium or a cloud-init drive). */
export function isDriveKey(key: string): boolean {
  return DRIVE.test(key);
}

/** Whether a config key holds a volume: a drive, the EFI disk or the TPM's state. */
export function isVolumeKey(key: string): boolean {
  return VOLUME.test(key);
}

/** The property-string format of a config key; undefined for a key that is plain text. */
export function formatOf(key: string): PropertyFormat | undefined {
  if (isDriveKey(key)) return vmFormats['*'];
  return vmFormats[key] ?? vmFormats[key.replace(/\d+$/, '*')];
}

/** A config value by sub-keys, as Proxmox VE stores it; undefined for plain text, and for what cannot be taken apart. */
export function storedParts(key: string, text: string): Readonly<Record<string, string>> | undefined {
  const format = formatOf(key);
  if (format === undefined) return undefined;
  try {
    return parsePropertyString(text, format);
  } catch (error) {
    if (error instanceof PropertyStringError) return undefined;
    throw error;
  }
}

/**
 * A config value by sub-keys, with what a volume's id tells besides: the storage it lies on and its image format
 * (pve-storage: PVE/Storage/Plugin.pm, parse_volname: files carry their format as a suffix, the rest is raw).
 */
export function decodeVm(key: string, text: string): Readonly<Record<string, string>> | undefined {
  if (key === 'description') return describedParts(text);
  if (key === 'smbios1') return smbiosParts(text);
  // What Proxmox VE stores where nothing is to be booted.
  if (key === 'boot' && text.trim() === '') return { order: '' };
  const parts = storedParts(key, text);
  const file = parts?.['file'];
  if (parts === undefined || file === undefined || !isVolumeKey(key)) return parts;
  const storage = /^([^:/]+):/.exec(file)?.[1];
  const format = /\.(qcow2|vmdk|raw)$/.exec(file)?.[1] ?? 'raw';
  return { ...parts, format, ...(storage === undefined ? {} : { storage }) };
}

/** A description by parts: the user's text and pvevm's mark, as far as there are any. */
function describedParts(description: string): Readonly<Record<string, string>> {
  const { text, mark } = splitDescription(description);
  return {
    ...(text === '' ? {} : { text }),
    ...(mark === undefined ? {} : { mark: formatMark(mark.stack, mark.address, mark.vmid) }),
    ...(mark?.until === undefined ? {} : { until: mark.until }),
    ...(mark?.unfinished === undefined ? {} : { unfinished: 'yes' }),
  };
}

/** Whether a drive carries cloud-init's data, by the name of its volume (PVE/QemuServer/Drive.pm, drive_is_cloudinit). */
export function isCloudInitDrive(text: string): boolean {
  const file = storedParts('scsi0', text)?.['file'] ?? '';
  return /[:/](?:vm-\d+-)?cloudinit(?:\.(?:raw|qcow2|vmdk))?$/.test(file);
}

/** Whether a drive is a disk: no medium, and no cloud-init drive. */
export function isDisk(text: string): boolean {
  const parts = storedParts('scsi0', text);
  return parts !== undefined && parts['media'] !== 'cdrom' && !isCloudInitDrive(text);
}

const ALL_FEATURES = ['network', 'disk', 'usb'];

/** The features of a `hotplug` value: absent and `1` are Proxmox VE's default, `0` is none (PVE/QemuServer.pm). */
function hotplugFeatures(text: string | undefined): ReadonlySet<string> {
  if (text === undefined || text === '1') return new Set(ALL_FEATURES);
  if (text === '0') return new Set();
  return new Set(text.split(/[,;\s]+/).filter((word) => word !== ''));
}

/** The live state of a guest, from its `/pending` and what else is compared besides the config (`extra`). */
export function liveState(config: Pending, running: boolean, extra: ReadonlyMap<string, string>): LiveState {
  const current = new Map<string, string>(extra);
  for (const [key, { value }] of config.items) if (value !== undefined) current.set(key, String(value));
  const hotplug = hotplugFeatures(current.get('hotplug'));
  // Mostly nothing is pending: one map does for both.
  const isSettled = [...config.items.values()].every((item) => item.pending === undefined && item.delete === undefined);
  if (isSettled) return { current, pending: current, running, hotplug };
  const pending = new Map<string, string>(extra);
  for (const [key, item] of config.items) {
    if (item.delete !== undefined) continue;
    const next = item.pending ?? item.value;
    if (next !== undefined) pending.set(key, String(next));
  }
  return { current, pending, running, hotplug };
}
