import type { LiveState, ManagedValue } from '../../kind.ts';
import { attachedVolume, type DeviceChange, isRemoval } from './volume-change.ts';
import { deviceName, holdsVolume, ownerOf, unusedVolumes, volumeIn } from './volumes.ts';

/** What becomes of the volumes of a guest while its devices are written one after the other. */
export interface FollowedVolumes {
  /** The titles of steps that detach a volume or attach one, by config key. */
  readonly titles: ReadonlyMap<string, string>;
  /** The unused volumes at the end: config key to volume id. */
  readonly unused: ReadonlyMap<string, string>;
}

const MAX_UNUSED = 256;

/** Notes a volume as unused under the lowest free number (pve-guest-common: PVE/AbstractConfig.pm, add_unused_volume). */
function addUnused(unused: Map<string, string>, volume: string): string {
  for (const [key, held] of unused) if (held === volume) return key;
  for (let index = 0; index < MAX_UNUSED; index += 1) {
    const key = `unused${index}`;
    if (unused.has(key)) continue;
    unused.set(key, volume);
    return key;
  }
  return 'unused';
}

interface Following {
  readonly vmid: number;
  readonly live: LiveState;
  readonly unused: Map<string, string>;
  /** The slots that volumes are attached to in this plan. */
  readonly attached: ReadonlyMap<string, string>;
}

/** What becomes of a volume that leaves its slot, in words; `unused` then holds it where it is the guest's own. */
function fateOf(key: string, volume: string, isAtOnce: boolean, { vmid, unused, attached }: Following): string {
  const next = attached.get(volume);
  if (next !== undefined && next !== key) {
    if (isAtOnce && ownerOf(volume) === vmid) addUnused(unused, volume);
    return `${volume}, which is attached as ${next}`;
  }
  // qemu-server: PVE/QemuServer.pm, vmconfig_register_unused_drive: only a guest's own volume is kept.
  if (ownerOf(volume) !== vmid) return `${volume} is not the guest’s own, and is not kept as unused`;
  return isAtOnce
    ? `becomes ${addUnused(unused, volume)}: ${volume}`
    : `${volume} becomes unused at the next full start`;
}

function titleOfRemoval(device: DeviceChange, following: Following): string | undefined {
  const { live } = following;
  const { key } = device;
  const text = live.current.get(key) ?? live.pending.get(key);
  if (text === undefined || !holdsVolume(key, text)) return undefined;
  const volume = volumeIn(key, text);
  if (volume === undefined) return `detach ${deviceName(key)}`;
  const isAtOnce = device.effect !== 'restart' || !live.current.has(key);
  return `detach ${deviceName(key)} (${fateOf(key, volume, isAtOnce, following)})`;
}

function titleOfAttachment(device: DeviceChange, volume: string, following: Following): string | undefined {
  const { live, unused } = following;
  const before = volumeIn(device.key, live.pending.get(device.key));
  if (before === volume) return undefined;
  // Proxmox VE drops the unused entry of a volume that is in use again (PVE/QemuConfig.pm, write_config).
  for (const [key, held] of unused) if (held === volume) unused.delete(key);
  if (before === undefined) return `attach ${volume} as ${device.key}`;
  const fate = fateOf(device.key, before, device.effect !== 'restart', following);
  return `put ${volume} into ${device.key} in place of ${before} (${fate})`;
}

/**
 * Follows the volumes of a guest through the writes of its devices, in their order: which unused entry each detached
 * volume gets, and which entries go since their volume is attached again.
 */
export function followVolumes(
  vmid: number,
  live: LiveState,
  devices: readonly DeviceChange[],
  desired: readonly ManagedValue[],
): FollowedVolumes {
  const titles = new Map<string, string>();
  const attached = new Map(
    devices.flatMap(({ key }) => {
      const volume = attachedVolume(key, desired);
      return volume === undefined ? [] : [[volume, key] as const];
    }),
  );
  const following: Following = { vmid, live, unused: new Map(unusedVolumes(live)), attached };
  for (const device of devices) {
    const volume = attachedVolume(device.key, desired);
    const title = isRemoval(device)
      ? titleOfRemoval(device, following)
      : volume === undefined || device.revert
        ? undefined
        : titleOfAttachment(device, volume, following);
    if (title !== undefined) titles.set(device.key, title);
  }
  return { titles, unused: following.unused };
}
