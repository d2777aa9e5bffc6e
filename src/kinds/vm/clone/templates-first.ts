import type { Address } from '../../../core/address.ts';
import type { Resource } from '../../../core/resource.ts';
import type { FoundSource } from './find-source.ts';

/** Documents in an order in which each comes after the one that it is cloned from, and otherwise in their own. */
export function templatesFirst(
  resources: readonly Resource[],
  sources: ReadonlyMap<Address, FoundSource>,
): readonly Resource[] {
  const ordered = new Set<Resource>();
  const begun = new Set<Address>();
  const visit = (resource: Resource): void => {
    // Those that wait for each other are told apart by the plan's own order.
    if (begun.has(resource.address)) return;
    begun.add(resource.address);
    const source = sources.get(resource.address);
    if (source?.type === 'document') visit(source.resource);
    ordered.add(resource);
  };
  for (const resource of resources) visit(resource);
  return [...ordered];
}
