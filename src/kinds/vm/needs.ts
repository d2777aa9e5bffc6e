import type { Address } from '../../core/address.ts';
import type { Resource } from '../../core/resource.ts';
import { documentOf } from './clone/find-source.ts';
import { cloneWish } from './clone/wish.ts';
import { diskSources } from './images/source.ts';

/** The documents that a document's guest is made from, as far as they can be told without a cluster: templates, images. */
export function neededByVm(resource: Resource, resources: readonly Resource[]): readonly Address[] {
  const wish = cloneWish(resource);
  const guests = resources.filter(({ kind }) => kind === 'vm');
  const source = wish === undefined ? undefined : documentOf(resource, wish.from, new Map(), guests);
  const images = diskSources(resource).map(({ value }) => value);
  const described = resources.filter(({ kind, address }) => kind === 'image' && images.includes(address));
  return [...(source === undefined ? [] : [source]), ...described].map(({ address }) => address);
}
