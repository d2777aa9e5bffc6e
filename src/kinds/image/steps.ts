import { PvevmError } from '../../core/error.ts';
import { isObject, type Json } from '../../core/json.ts';
import type { Resource } from '../../core/resource.ts';
import type { Step } from '../../core/step.ts';
import { GIB, parseDuration } from '../../core/units.ts';
import { splitChecksum } from '../../pve/image-file.ts';
import type { ObjectObservation, PlanContext } from '../kind.ts';
import { withLoads } from '../step-loads.ts';
import { transferTime } from '../transfer-time.ts';
import { volumeOf } from './observe.ts';

// As long as for a file of so many bytes, where nobody tells how large it is.
const USUAL_BYTES = 60 * GIB;

/** The bytes that the file's server has told to the node; undefined where it was not asked, or did not say. */
async function sizeOf(
  { spec: { url, verifyCertificates } }: Resource,
  node: string,
  { cluster }: PlanContext,
): Promise<number | undefined> {
  try {
    return (await cluster.urlMetadata(node, String(url), verifyCertificates !== false)).size;
  } catch (error) {
    if (!(error instanceof PvevmError)) throw error;
    // What that means was said in the review.
    return undefined;
  }
}

/**
 * The step that downloads a file, with time by its size. Proxmox VE compares the checksum before the file gets its name.
 */
export async function downloadSteps(
  resource: Resource,
  { node }: ObjectObservation,
  context: PlanContext,
): Promise<readonly Step[]> {
  const volume = volumeOf(resource);
  if (volume === undefined) return [];
  const { storage, url, checksum, compression, verifyCertificates, timeouts } = resource.spec;
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
  const written = isObject(timeouts) ? parseDuration(String(timeouts['download'])) : undefined;
  const timeoutMs = written ?? transferTime((await sizeOf(resource, node, context)) ?? USUAL_BYTES);
  const steps: readonly Step[] = [
    {
      id: `${resource.address}#1`,
      resource: resource.address,
      title: `download ${volume.file.name}`,
      effect: 'none',
      request: { method: 'POST', path, params },
      await: { for: 'task', timeoutMs },
    },
  ];
  return await withLoads(steps, () => ({ node, storages: [{ storage: String(storage), node }] }), context.cluster);
}
