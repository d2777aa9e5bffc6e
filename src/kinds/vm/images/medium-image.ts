import { isObject, type JsonObject } from '../../../core/json.ts';
import type { Resource } from '../../../core/resource.ts';
import type { PlanContext } from '../../kind.ts';
import { volumeOfImage } from './download.ts';
import { type ResolvedSource, resolveImage } from './resolve.ts';
import { type ImageSource, mediumSource } from './source.ts';

/** Whether the file in the drive is what an address gives, on whatever storage, where the document names none. */
function isItsFile({ value }: ImageSource, present: string): boolean {
  if (!isObject(value) || typeof value['storage'] === 'string') return false;
  const storage = present.slice(0, present.indexOf(':'));
  return volumeOfImage(value as JsonObject, storage, 'iso') === present;
}

/**
 * What a medium that is an image comes to on a node; undefined for any other medium. The file that is in the drive
 * already has to be there no more.
 */
export async function mediumImage(
  resource: Resource,
  node: string,
  present: string | undefined,
  context: PlanContext,
): Promise<ResolvedSource | undefined> {
  const source = mediumSource(resource);
  if (source === undefined) return undefined;
  if (present !== undefined && isItsFile(source, present)) return { volid: present, diagnostics: [] };
  const resolved = await resolveImage(resource, source, node, context);
  return present !== undefined && resolved.volid === present ? { volid: present, diagnostics: [] } : resolved;
}
