import { formatAddress } from '../../../core/address.ts';
import type { JsonObject } from '../../../core/json.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import type { NodeStorage } from '../../../pve/cluster-rows.ts';
import { type ImageContent, imageFileOf, imageSourceOf } from '../../../pve/image-file.ts';
import type { PlanContext } from '../../kind.ts';

/** The storage for an image on a node: one that can hold it, a shared one first, by name; undefined where there is none. */
export function chooseStorage(storages: readonly NodeStorage[], content: ImageContent): NodeStorage | undefined {
  return storages
    .filter((storage) => storage.content.includes(content) && storage.active && storage.enabled)
    .sort((left, right) => Number(right.shared) - Number(left.shared) || (left.storage < right.storage ? -1 : 1))[0];
}

/** The volume id of a spec of an image on a storage; undefined where no file comes of it, which `check` has said. */
export function volumeOfImage(spec: JsonObject, storage: string, content?: ImageContent): string | undefined {
  const file = imageFileOf({ ...imageSourceOf(spec), ...(content === undefined ? {} : { content }) });
  return 'detail' in file ? undefined : `${storage}:${file.content}/${file.name}`;
}

/** The document of a project whose image is a volume on a node; undefined where none has it. */
export function documentOfVolume(
  volid: string,
  node: string,
  shared: boolean,
  { resources }: PlanContext,
): Resource | undefined {
  return resources.find(
    ({ kind, spec }) =>
      kind === 'image' &&
      volumeOfImage(spec, String(spec['storage'])) === volid &&
      (shared || spec['node'] === undefined || spec['node'] === node),
  );
}

/**
 * The image that a guest asks for and no document describes. Its address holds the volume id, and the node where the
 * storage is not shared, so that the guests that ask for one file ask for one resource.
 */
export function impliedImage(
  guest: Resource,
  pointer: string,
  volid: string,
  place: { readonly node: string; readonly storage: NodeStorage; readonly content: ImageContent },
): Resource {
  const { node, storage, content } = place;
  const name = storage.shared ? volid : `${volid}@${node}`;
  const asked = pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (value as JsonObject)[key], guest.spec);
  const spec: JsonObject = { ...(asked as JsonObject), kind: 'image', name, storage: storage.storage, node, content };
  const whole = originOf(guest, pointer);
  const origins = new Map(Object.keys(spec).map((key) => [`/${key}`, guest.origins.get(`${pointer}/${key}`) ?? whole]));
  return {
    address: formatAddress('image', name),
    kind: 'image',
    name,
    range: whole.range ?? guest.range,
    spec,
    origins,
  };
}
