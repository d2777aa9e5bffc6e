import type { Json } from '../../core/json.ts';
import type { Resource } from '../../core/resource.ts';
import type { Step } from '../../core/step.ts';
import { splitChecksum } from '../../pve/image-file.ts';
import type { ObjectObservation } from '../kind.ts';
import { volumeOf } from './observe.ts';

// An image of some gigabytes over a slow line takes its time.
const DOWNLOAD_MS = 2 * 3_600_000;

/** The step that downloads a file. Proxmox VE compares the checksum before the file gets its name. */
export function downloadSteps(resource: Resource, { node }: ObjectObservation): readonly Step[] {
  const volume = volumeOf(resource);
  if (volume === undefined) return [];
  const { storage, url, checksum, compression, verifyCertificates } = resource.spec;
  const { algorithm, digits } = splitChecksum(typeof checksum === 'string' ? checksum : '');
  const params: Record<string, Json> = {
    content: volume.file.content,
    filename: volume.file.name,
    url: String(url),
    ...(typeof checksum === 'string' ? { checksum: digits, 'checksum-algorithm': algorithm } : {}),
    ...(typeof compression === 'string' ? { compression } : {}),
    ...(verifyCertificates === false ? { 'verify-certificates': 0 } : {}),
  };
  const path = `/nodes/${node}/storage/${String(storage)}/download-url`;
  return [
    {
      id: `${resource.address}#1`,
      resource: resource.address,
      title: `download ${volume.file.name}`,
      effect: 'none',
      request: { method: 'POST', path, params },
      await: { for: 'task', timeoutMs: DOWNLOAD_MS },
    },
  ];
}
