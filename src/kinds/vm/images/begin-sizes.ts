import type { Address } from '../../../core/address.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import { beginInTurn } from '../../begin.ts';
import type { PlanContext } from '../../kind.ts';
import type { Placement } from '../placement/place.ts';
import { missingNode } from '../preflight/missing.ts';
import { diskSources } from './source.ts';
import { imageValues } from './values.ts';

/**
 * Begins to ask how large the volumes are that the disks of new guests start from, side by side: where a document writes
 * a size, the two are compared when the guest is observed. What stands in the way of a clone is not known yet.
 */
export function beginSizes(
  resources: readonly Resource[],
  placements: ReadonlyMap<Address, Placement>,
  context: PlanContext,
): void {
  const sized = resources.filter(
    (resource) => resource.spec['clone'] === undefined && diskSources(resource).some(({ size }) => size !== undefined),
  );
  beginInTurn(sized, async (resource) => {
    const { node, diagnostics = [] } = placements.get(resource.address) ?? {};
    if (node === undefined || diagnostics.length > 0) return;
    if ((await missingNode(resource, node, originOf(resource, '/node'), context.cluster)) !== undefined) return;
    await imageValues(resource, node, undefined, context);
  });
}
