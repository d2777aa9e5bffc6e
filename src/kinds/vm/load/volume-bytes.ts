import { parseDiskSize } from '../../../pve/codecs/codecs.ts';
import { isVolumeKey, storedParts } from '../live.ts';

/** The bytes of the volumes that a guest has by its config values, those of some keys only where they are given; no media. */
export function volumeBytes(
  texts: ReadonlyMap<string, string>,
  wanted: (file: string, key: string) => boolean = () => true,
): number {
  let bytes = 0;
  for (const [key, text] of texts) {
    const parts = isVolumeKey(key) ? storedParts(key, text) : undefined;
    if (parts === undefined || parts['media'] === 'cdrom' || !wanted(parts['file'] ?? '', key)) continue;
    bytes += parseDiskSize(parts['size'] ?? '') ?? 0;
  }
  return bytes;
}
