import { isObject, type JsonObject } from '../../../core/json.ts';
import { type Origin, originOf, type Resource, valueAt } from '../../../core/resource.ts';

/** A file that a document asks for by where it comes from. */
export interface ImageSource {
  /** As in `disks.scsi0.image`. */
  readonly path: string;
  readonly origin: Origin;
  /** What it is for: a disk to be made of it, or the CD drive. */
  readonly content: 'import' | 'iso';
  /** The address of a document, or what to download. */
  readonly value: string | JsonObject;
}

/** What a disk of a document starts from; the value of an `import` is a volume id. */
export interface DiskSource extends ImageSource {
  readonly slot: string;
  readonly key: 'image' | 'import';
  /** The written size in the words of the spec; undefined where the source says how large the disk is. */
  readonly size: string | undefined;
}

/** The disks of a document that start from an image or a volume. */
export function diskSources(resource: Resource): readonly DiskSource[] {
  const { disks } = resource.spec;
  if (!isObject(disks)) return [];
  return Object.entries(disks as JsonObject).flatMap(([slot, disk]) => {
    if (!isObject(disk)) return [];
    const { image, import: volume, size } = disk as JsonObject;
    const key = typeof volume === 'string' ? 'import' : 'image';
    const value = key === 'import' ? volume : image;
    if (typeof value !== 'string' && !isObject(value)) return [];
    const origin = originOf(resource, `/disks/${slot}/${key}`);
    const written = typeof size === 'string' ? size : undefined;
    const path = `disks.${slot}.${key}`;
    return [{ slot, key, path, origin, content: 'import', value: value as string | JsonObject, size: written }];
  });
}

/** The medium of a document where it is an image: a document of that kind, or what to download. */
export function mediumSource(resource: Resource): ImageSource | undefined {
  const value = valueAt(resource.spec, '/os/media');
  const isImage = typeof value === 'string' ? value.startsWith('image/') : isObject(value) && 'url' in value;
  if (!isImage) return undefined;
  const origin = originOf(resource, '/os/media');
  return { path: 'os.media', origin, content: 'iso', value: value as string | JsonObject };
}
