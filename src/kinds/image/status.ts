import type { Resource } from '../../core/resource.ts';
import { unlessRefused } from '../../pve/refused.ts';
import type { ObjectObservation, ObjectStatus, StatusContext } from '../kind.ts';
import { volumeOf } from './observe.ts';

/** That a file is there, and how large it is. Files carry no mark, so that each is the document's that names it. */
export async function imageStatus(
  resource: Resource,
  { node, identity }: ObjectObservation,
  { cluster }: StatusContext,
): Promise<ObjectStatus> {
  const content = volumeOf(resource)?.file.content;
  const listed =
    content === undefined
      ? []
      : await unlessRefused(cluster.content(node, String(resource.spec['storage']), content), []);
  const size = listed.find((row) => row.volid === identity)?.size;
  return { state: 'present', owner: 'own', ...(size === undefined ? {} : { size }) };
}
