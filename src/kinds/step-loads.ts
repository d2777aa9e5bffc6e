import type { Step } from '../core/step.ts';
import type { ClusterView } from '../pve/cluster.ts';

/** What a step keeps busy: its node, and storages on that node or on another one. */
export interface Busy {
  readonly node: string;
  readonly storages: readonly { readonly storage: string; readonly node: string }[];
}

/**
 * Steps with what they keep busy, as the run counts it: a storage that each node has for itself is one for each node,
 * and a shared one is one for all, as Proxmox VE locks them (pve-storage: PVE/Storage/Plugin.pm, cluster_lock_storage).
 * A storage that the token does not see counts as shared. Light steps have no loads.
 */
export async function withLoads(
  steps: readonly Step[],
  busyOf: (step: Step, isLocal: (storage: string) => boolean) => Busy | undefined,
  cluster: Pick<ClusterView, 'resources'>,
): Promise<readonly Step[]> {
  if (steps.every(({ request }) => request === undefined)) return steps;
  const { storages: rows } = await cluster.resources();
  const isLocal = (name: string): boolean => rows.find(({ storage }) => storage === name)?.shared === false;
  return steps.map((step) => {
    const busy = busyOf(step, isLocal);
    if (busy === undefined) return step;
    const storages = busy.storages.map(
      ({ storage, node }) => `storage:${storage}${isLocal(storage) ? `@${node}` : ''}`,
    );
    const { await: waits, hints, ...rest } = step;
    const loads = [...new Set([`node:${busy.node}`, ...storages])];
    return { ...rest, loads, await: waits, ...(hints === undefined ? {} : { hints }) };
  });
}
