import { isObject, type Json } from '../../../core/json.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import { codecOf, matchesPattern } from '../../../pve/codecs/codecs.ts';
import type { LiveState, ManagedValue, ObjectObservation, PlanContext } from '../../kind.ts';
import { documentOfVolume } from '../images/download.ts';
import { mediumImage } from '../images/medium-image.ts';
import type { ResolvedSource } from '../images/resolve.ts';
import { decodeVm } from '../live.ts';
import { missingStorage } from '../preflight/missing.ts';

const naturalOrder = new Intl.Collator('en', { numeric: true });

function fileName(volid: string): string {
  return volid.slice(Math.max(volid.lastIndexOf('/'), volid.indexOf(':')) + 1);
}

/** What a document's medium came to: the volume id to put into the drive, and what has to be there first; or why not. */
export interface ResolvedMedium extends Omit<ResolvedSource, 'volid'> {
  readonly volid: Json | undefined;
}

/** The values with the medium as a volume id, and what has to be there before it is put into the drive. */
export interface WithMedium extends Required<Pick<ObjectObservation, 'dependsOn' | 'implied' | 'diagnostics'>> {
  readonly values: readonly ManagedValue[];
}

/** The document of this run whose file a written volume id is. */
async function documentOfMedium(
  value: Json,
  storage: string,
  node: string,
  context: PlanContext,
): Promise<Resource | undefined> {
  if (typeof value !== 'string') return undefined;
  const row = (await context.cluster.storagesOf(node)).find((candidate) => candidate.storage === storage);
  return documentOfVolume(value, node, row?.shared === true, context);
}

/**
 * Finds the medium that a document means on a node: a written volume id has to exist, or be the file of a document of
 * this run; `{storage, latest}` is the newest match (file names in numeric order, the last one wins).
 */
async function resolveMedium(
  resource: Resource,
  value: Json,
  node: string,
  context: PlanContext,
): Promise<ResolvedMedium> {
  if (value === 'none' || value === 'cdrom') return { volid: value, diagnostics: [] };
  const { cluster } = context;
  const storage = isObject(value) ? String(value['storage']) : String(value).slice(0, String(value).indexOf(':'));
  const origin = originOf(resource, isObject(value) ? '/os/media/storage' : '/os/media');
  const absent = await missingStorage(resource, { storage, content: 'iso', path: 'os.media', origin }, node, cluster);
  if (absent !== undefined) return { volid: undefined, diagnostics: [absent] };
  const document = await documentOfMedium(value, storage, node, context);
  if (document !== undefined) return { volid: value, dependsOn: document.address, diagnostics: [] };
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

/** The values with the medium as a volume id: the one that is in, where it agrees, or the one that a document means. */
export async function withMedium(
  resource: Resource,
  values: readonly ManagedValue[],
  node: string,
  live: LiveState | undefined,
  context: PlanContext,
): Promise<WithMedium> {
  const nothing = { dependsOn: [], implied: [], diagnostics: [] };
  const wanted = values.find((managed) => managed.path === 'os.media');
  if (wanted?.value === undefined) return { ...nothing, values };
  const text = live?.pending.get(wanted.key);
  const present = text === undefined ? undefined : decodeVm(wanted.key, text)?.['file'];
  const withVolume = (value: Json | undefined): readonly ManagedValue[] =>
    values.map((managed) => (managed === wanted ? { ...managed, value } : managed));
  // A medium that matches the pattern agrees, though a newer one may have come since.
  if (present !== undefined && codecOf('medium').agrees?.(wanted.value, present) === true)
    return { ...nothing, values: withVolume(present) };
  const { volid, dependsOn, implied, diagnostics } =
    (await mediumImage(resource, node, present, context)) ??
    (await resolveMedium(resource, wanted.value, node, context));
  return {
    values: withVolume(volid),
    dependsOn: dependsOn === undefined ? [] : [dependsOn],
    implied: implied === undefined ? [] : [implied],
    diagnostics,
  };
}
