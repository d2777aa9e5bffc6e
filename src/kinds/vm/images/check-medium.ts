import type { Diagnostic } from '../../../core/diagnostic.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { type Resource, valueAt } from '../../../core/resource.ts';
import { imageFileOf, imageSourceOf } from '../../../pve/image-file.ts';
import { specError } from '../vm-values.ts';

const AT = '/os/media';
// What is said of a download, and of no file that is there.
const OF_DOWNLOADS = ['checksum', 'verifyCertificates'];

/** The rules of a medium that is written as a map: the newest match of a pattern, or a download of an ISO image. */
export function checkMedium(resource: Resource): readonly Diagnostic[] {
  const media = valueAt(resource.spec, AT);
  if (!isObject(media)) return [];
  const { url, latest, storage } = media as JsonObject;
  const error = (pointer: string, summary: string, detail: string): readonly Diagnostic[] => [
    specError(resource, pointer, summary, detail),
  ];
  if (url !== undefined && latest !== undefined) {
    const detail = 'os.media has url and latest, and one drive takes one medium. Remove one of them.';
    return error(`${AT}/latest`, 'media exclude each other', detail);
  }
  if (url !== undefined) {
    const file = imageFileOf({ ...imageSourceOf(media as JsonObject), content: 'iso' });
    if (!('detail' in file)) return [];
    const detail = `The last part of os.media.url names no ISO image: it has to end in .iso or .img. For another name, write a document of the kind image with a filename, and media: image/NAME here.`;
    return error(`${AT}/url`, 'no file comes of this', detail);
  }
  const stray = OF_DOWNLOADS.find((key) => (media as JsonObject)[key] !== undefined);
  if (stray !== undefined) {
    const detail = `os.media has ${stray}, which is said of a download. Write url beside it, or remove it.`;
    return error(`${AT}/${stray}`, 'missing key', detail);
  }
  const missing = latest === undefined ? 'latest, a pattern for the file name as in "*debian*.iso", or url' : 'storage';
  return latest !== undefined && storage !== undefined
    ? []
    : error(AT, 'missing key', `os.media needs the key ${missing}.`);
}
