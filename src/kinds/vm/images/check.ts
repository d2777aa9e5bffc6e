import type { Diagnostic } from '../../../core/diagnostic.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import type { Resource } from '../../../core/resource.ts';
import { imageFileOf, imageSourceOf } from '../../../pve/image-file.ts';
import { devicesOf, specError } from '../vm-values.ts';

const SOURCES = ['image', 'import', 'volume'];

function checkDisk(resource: Resource, slot: string, disk: JsonObject): readonly Diagnostic[] {
  const at = `/disks/${slot}`;
  const written = SOURCES.filter((key) => disk[key] !== undefined && disk[key] !== null);
  if (written.length > 1) {
    const detail = `disks.${slot} has ${written.join(' and ')}, and a disk starts from one thing alone. Remove one of them.`;
    return [specError(resource, `${at}/${written[0]}`, 'sources exclude each other', detail)];
  }
  const { image, import: volume } = disk;
  if (isObject(image)) {
    const file = imageFileOf({ ...imageSourceOf(image as JsonObject), content: 'import' });
    if ('detail' in file) return [specError(resource, `${at}/image/url`, 'no disk comes of this', file.detail)];
    if (!file.name.endsWith('.ova')) return [];
    const detail = `disks.${slot}.image is an appliance (.ova), which holds disks, and is none. Write a document of the kind image for it, and import: STORAGE:import/NAME.ova/DISK.vmdk here.`;
    return [specError(resource, `${at}/image/url`, 'no disk comes of this', detail)];
  }
  const type = typeof volume === 'string' ? /^[^:]+:(iso|vztmpl|backup|snippets)\//.exec(volume)?.[1] : undefined;
  if (type === undefined) return [];
  const detail = `disks.${slot}.import is ${String(volume)}, of ${type} content. Proxmox VE makes disks of import content and of other disks only.`;
  return [specError(resource, `${at}/import`, 'no disk comes of this', detail)];
}

/** The rules of what disks start from: one thing, and one that Proxmox VE makes a disk of. */
export function checkImages(resource: Resource): readonly Diagnostic[] {
  return devicesOf(resource, 'disks').flatMap(([slot, disk]) => checkDisk(resource, slot, disk));
}
