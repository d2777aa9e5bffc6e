import type { Resource } from '../../../core/resource.ts';
import { printDiskSize } from '../../../pve/codecs/codecs.ts';
import { printPropertyString } from '../../../pve/codecs/property-string.ts';
import type { ManagedValue, Observation } from '../../kind.ts';
import { overlaidText } from '../config-text.ts';
import { byKey, isAttribute, textOfNew } from '../create.ts';
import { formatOf, isDisk, isVolumeKey, storedParts } from '../live.ts';
import { wantedDisks } from '../wants.ts';

/** A new volume as its value reads once it is made: `STORAGE:SIZE,format=…` of the request becomes a volume's id. */
function madeVolume(key: string, text: string): string {
  const { format, 'import-from': _, ...parts } = storedParts(key, text) ?? {};
  const file = parts['file'] ?? '';
  const match = /^([^:/]+):[\d.]+$/.exec(file);
  if (match === null) return text;
  const suffix = format === undefined || format === 'raw' ? '' : `.${format}`;
  return printPropertyString({ ...parts, file: `${match[1]}:{${key}}${suffix}` }, formatOf(key) ?? {});
}

/** A volume's value with the size that it will have: the larger of what it has and what is wanted. */
function withSize(key: string, text: string, before: string | undefined, values: readonly ManagedValue[]): string {
  const { size: _, ...parts } = storedParts(key, text) ?? {};
  const wanted = values.find((managed) => managed.sub === 'size')?.value;
  const size = typeof wanted === 'number' ? printDiskSize(wanted) : storedParts(key, before ?? '')?.['size'];
  return printPropertyString({ ...parts, ...(size === undefined ? {} : { size }) }, formatOf(key) ?? {});
}

/** The boot order that Proxmox VE gives a new guest (qemu-server: PVE/QemuServer.pm, get_default_bootdevices). */
function defaultBoot(resource: Resource, texts: ReadonlyMap<string, string>): string {
  const disk = wantedDisks(resource).find(({ slot }) => texts.has(slot))?.slot;
  const keys = [...texts.keys()].sort();
  const medium = keys.find((key) => /^(ide|sata|scsi)\d+$/.test(key) && !isDisk(texts.get(key) ?? ''));
  const nic = keys.find((key) => /^net\d+$/.test(key));
  const order = [disk, medium, nic].filter((device) => device !== undefined);
  return order.length === 0 ? ' ' : `order=${order.join(';')}`;
}

/**
 * The config values that a document's guest will have when the run has made or changed it, as far as they are known
 * beforehand: those it has now, with what the document manages laid over them.
 */
export function futureTexts(resource: Resource, { live, desired }: Observation): ReadonlyMap<string, string> {
  const before = live?.pending ?? new Map<string, string>();
  const texts = new Map([...before].filter(([key]) => !isAttribute(key)));
  for (const [key, values] of byKey(desired)) {
    if (isAttribute(key)) continue;
    const base = before.get(key);
    const removed = values.some((managed) => managed.sub === undefined && managed.value === undefined);
    const text = removed
      ? undefined
      : base === undefined
        ? textOfNew(resource, key, values)
        : overlaidText(key, base, values);
    if (text === undefined) texts.delete(key);
    else if (isVolumeKey(key)) texts.set(key, withSize(key, madeVolume(key, String(text)), base, values));
    else texts.set(key, String(text));
  }
  if (live === undefined && !texts.has('boot')) texts.set('boot', defaultBoot(resource, texts));
  return texts;
}
