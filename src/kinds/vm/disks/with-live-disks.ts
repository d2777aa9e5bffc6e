import type { Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { unusedValues } from './destroy-unused.ts';
import { withRoundedSizes } from './rounded-size.ts';

/**
 * What a document manages of a live guest, as its disks make it: sizes as the storages round them up, and the unused
 * volumes that go where the document destroys them.
 */
export async function withLiveDisks(
  resource: Resource,
  values: readonly ManagedValue[],
  live: LiveState,
  { vmid, node }: { readonly vmid: number; readonly node: string },
  cluster: ClusterView,
): Promise<readonly ManagedValue[]> {
  const sized = await withRoundedSizes(values, live, node, cluster);
  return [...sized, ...unusedValues(resource, live, vmid, values)];
}
