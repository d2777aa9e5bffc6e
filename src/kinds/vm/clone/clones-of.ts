import type { Address } from '../../../core/address.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Located } from '../identity/found.ts';
import { documentOf } from './find-source.ts';
import { cloneWish } from './wish.ts';

/** The documents that are cloned from one: linked clones keep what they are cloned from from being removed. */
export function clonesOf(
  template: Resource,
  resources: readonly Resource[],
  located: ReadonlyMap<string, Located>,
): readonly Address[] {
  return resources.flatMap((resource) => {
    const wish = cloneWish(resource);
    const isMade = wish !== undefined && documentOf(resource, wish.from, located, resources) === template;
    return isMade ? [resource.address] : [];
  });
}
