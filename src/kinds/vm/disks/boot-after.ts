import type { LiveState, ManagedValue } from '../../kind.ts';
import { storedParts } from '../live.ts';
import { attachedVolume, type DeviceChange, isRemoval } from './volume-change.ts';
import { volumeIn } from './volumes.ts';

/**
 * The boot order once a disk in it has gone to another slot with its volume: the new slot in the place of the old one.
 * Undefined where no such disk is in it, and where the document manages the order itself.
 */
export function bootOrderAfter(
  devices: readonly DeviceChange[],
  live: LiveState,
  desired: readonly ManagedValue[],
): string | undefined {
  if (desired.some((managed) => managed.key === 'boot')) return undefined;
  const boot = live.pending.get('boot');
  const order = boot === undefined ? undefined : storedParts('boot', boot)?.['order']?.split(';');
  if (order === undefined) return undefined;
  const slotOf = new Map(
    devices.flatMap(({ key }) => {
      const volume = attachedVolume(key, desired);
      return volume === undefined ? [] : [[volume, key] as const];
    }),
  );
  const removed = new Set(devices.filter(isRemoval).map(({ key }) => key));
  const nextOf = (device: string): string | undefined => slotOf.get(volumeIn(device, live.pending.get(device)) ?? '');
  if (!order.some((device) => removed.has(device) && nextOf(device) !== undefined)) return undefined;
  const after = order.flatMap((device) => (removed.has(device) ? (nextOf(device) ?? []) : device));
  return `order=${after.join(';')}`;
}
