import type { Diagnostic } from '../../core/diagnostic.ts';
import { isObject, type Json } from '../../core/json.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import type { ClusterView } from '../../pve/cluster.ts';
import { matchesPattern } from '../../pve/codecs/codecs.ts';
import { missingStorage } from './missing.ts';

const naturalOrder = new Intl.Collator('en', { numeric: true });

function fileName(volid: string): string {
  return volid.slice(Math.max(volid.lastIndexOf('/'), volid.indexOf(':')) + 1);
}

/** What a document's medium came to: the volume id to put into the drive, or why there is none. */
export interface ResolvedMedium {
  readonly volid: Json | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds the medium that a document means on a node: a written volume id has to exist, `{storage, latest}` is the newest
 * match (file names in numeric order, the last one wins).
 */
export async function resolveMedium(
  resource: Resource,
  value: Json,
  node: string,
  cluster: ClusterView,
): Promise<ResolvedMedium> {
  if (value === 'none' || value === 'cdrom') return { volid: value, diagnostics: [] };
  const storage = isObject(value) ? String(value['storage']) : String(value).slice(0, String(value).indexOf(':'));
  const origin = originOf(resource, isObject(value) ? '/os/media/storage' : '/os/media');
  const absent = await missingStorage(resource, { storage, content: 'iso', path: 'os.media', origin }, node, cluster);
  if (absent !== undefined) return { volid: undefined, diagnostics: [absent] };
  const images = (await cluster.content(node, storage, 'iso')).map((volume) => volume.volid);
  const pattern = isObject(value) ? String(value['latest']) : undefined;
  const candidates =
    pattern === undefined
      ? images.filter((volid) => volid === value)
      : images.filter((volid) => matchesPattern(fileName(volid), pattern));
  const newest = candidates.sort((left, right) => naturalOrder.compare(fileName(left), fileName(right))).at(-1);
  if (newest !== undefined) return { volid: newest, diagnostics: [] };
  const wanted = pattern === undefined ? String(value) : `a file like ${pattern} on ${storage}`;
  const offers =
    images.length === 0
      ? `${storage} holds no ISO images.`
      : `${storage} holds: ${images.sort(naturalOrder.compare).join(', ')}.`;
  const detail = `os.media wants ${wanted} (${origin.text}), which does not exist. ${offers} Write os: { media: … }, or media: none for an empty drive.`;
  return {
    volid: undefined,
    diagnostics: [
      {
        severity: 'error',
        code: 'MISSING',
        summary: 'the medium does not exist',
        detail,
        range: origin.range ?? resource.range,
        address: resource.address,
        pointer: '/os/media',
      },
    ],
  };
}
