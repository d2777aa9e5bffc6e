import type { Effect } from '../../../core/effect.ts';
import type { Change } from '../../../core/plan.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { volumeIn } from './volumes.ts';

/** What is to be written to one config key: the changes of it, and the text that they come to. */
export interface DeviceChange {
  readonly key: string;
  readonly effect: Effect;
  /** The new value; undefined: the key is deleted. */
  readonly text: string | number | undefined;
  readonly revert: boolean;
  readonly changes: readonly Change[];
}

function isOfLiveDevice(change: Change): boolean {
  return change.before !== null && change.withdraws !== true;
}

/** Whether a change moves or converts a volume that is there. */
export function isMove(change: Change): boolean {
  return isOfLiveDevice(change) && /^(disks\.[^.]+|system\.(efi|tpm))\.(storage|format)$/.test(change.path);
}

/** Whether a change makes a volume larger. */
export function isGrowth(change: Change): boolean {
  return isOfLiveDevice(change) && /^disks\.[^.]+\.size$/.test(change.path);
}

/** Whether a change is of the volume of a disk that the running guest gets at its next start only. */
export function waitsForStart(change: Change, live: LiveState | undefined): boolean {
  const { key, path, before, after, state } = change;
  const isWritten = state === 'change' && before === null && after !== null;
  return (
    isWritten &&
    /^(disks\.[^.]+|system\.(efi|tpm))\.(size|storage|format)$/.test(path) &&
    live?.current.has(key) === false &&
    live.pending.has(key)
  );
}

/** Whether a device is taken away from the guest. */
export function isRemoval({ text, revert }: DeviceChange): boolean {
  return text === undefined && !revert;
}

/** The volume that a document attaches to a slot; undefined where it names none. */
export function attachedVolume(key: string, values: readonly ManagedValue[]): string | undefined {
  const file = values.find(
    (value) => value.key === key && value.sub === 'file' && value.path === `disks.${key}.volume`,
  );
  return typeof file?.value === 'string' ? file.value : undefined;
}

/** Devices in the order in which they are written: what goes comes first, since what comes may take its volume. */
export function inWritingOrder<Device extends DeviceChange>(devices: readonly Device[]): readonly Device[] {
  return [...devices.filter(isRemoval), ...devices.filter((device) => !isRemoval(device))];
}

/** Whether something of a drive waits for a restart, which then replaces the drive's whole value. */
function waitsForRestart(key: string, live: LiveState): boolean {
  const withoutSize = (text: string | undefined): string | undefined => text?.replace(/,size=[^,]+/, '');
  return withoutSize(live.current.get(key)) !== withoutSize(live.pending.get(key));
}

/**
 * What is written of a drive's options after its volume was moved or grown; undefined where that was all. A value that
 * waits for a restart names volume and size, and would bring back those of before: it is written once more. After a move
 * the text begins with `{volume}`, since Proxmox VE gives the volume a new name.
 */
export function optionsAfterVolume<Device extends DeviceChange>(device: Device, live: LiveState): Device | undefined {
  const { key, changes, text } = device;
  const options = changes.filter((change) => !isMove(change) && !isGrowth(change));
  const waits = waitsForRestart(key, live);
  if (options.length === changes.length) return device;
  if (options.length === 0 && !waits) return undefined;
  const volume = volumeIn(key, live.pending.get(key));
  const isMoved = changes.some(isMove) && volume !== undefined && typeof text === 'string' && text.startsWith(volume);
  return {
    ...device,
    effect: options.length === 0 ? 'none' : device.effect,
    changes: options,
    text: isMoved ? `{volume}${text.slice(volume.length)}` : text,
  };
}
