import type { LiveState } from '../../kind.ts';
import { isDisk, isVolumeKey, storedParts } from '../live.ts';

/** The volume id (or the path) that a config key's text names; undefined for an empty drive and for the host's own. */
export function volumeIn(key: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const file = isVolumeKey(key) ? storedParts(key, text)?.['file'] : text.split(',')[0];
  return file === 'none' || file === 'cdrom' || file === '' ? undefined : file;
}

/** The guest that owns a volume, by the volume's name (pve-storage: PVE/Storage/Plugin.pm, parse_volname). */
export function ownerOf(volume: string): number | undefined {
  // A linked clone's volume begins with that of its base, so that the last name counts.
  const owner = [...volume.matchAll(/(?:^|[:/])(?:vm|base)-(\d+)-/g)].at(-1)?.[1];
  return owner === undefined ? undefined : Number(owner);
}

/** The storage of a volume id; undefined for a path. */
export function storageOf(volume: string): string | undefined {
  return /^([^:/]+):/.exec(volume)?.[1];
}

/** What a config key that holds a volume is called. */
export function deviceName(key: string): string {
  return key === 'efidisk0' ? 'EFI disk' : key === 'tpmstate0' ? 'TPM state' : `disk ${key}`;
}

/** Whether a live config key holds a volume of the guest: a disk, the EFI disk or the TPM's state, and no medium. */
export function holdsVolume(key: string, text: string): boolean {
  return isVolumeKey(key) && (!/^(ide|sata|scsi|virtio)/.test(key) || isDisk(text));
}

/** Whether a config key holds a volume that the guest no longer uses. */
export function isUnusedKey(key: string): boolean {
  return /^unused\d+$/.test(key);
}

/** The unused volumes of a guest: config key to volume id, in the order of their numbers. */
export function unusedVolumes(live: LiveState): ReadonlyMap<string, string> {
  const numberOf = (key: string): number => Number(key.slice('unused'.length));
  return new Map(
    [...live.pending]
      .filter(([key]) => isUnusedKey(key))
      .sort(([left], [right]) => numberOf(left) - numberOf(right))
      .map(([key, text]) => [key, volumeIn(key, text) ?? text]),
  );
}
