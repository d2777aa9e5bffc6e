import type { Resource } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import { beginInTurn } from '../../begin.ts';
import { readFirewallOf } from '../firewall/read.ts';
import type { FoundSource } from './find-source.ts';
import type { CloneWish } from './wish.ts';

/** A document that is made by cloning, and what it is cloned from. */
export interface SourcedClone {
  readonly resource: Resource;
  readonly wish: CloneWish;
  readonly source: FoundSource;
}

/**
 * Begins the reads that observing clones will surely ask of the guests that they are made from, side by side: their
 * configurations, those of the snapshots that are wanted, and their firewalls, which a clone takes over.
 */
export function beginSources(clones: Iterable<SourcedClone>, cluster: ClusterView): void {
  beginInTurn(clones, async ({ resource, wish, source }) => {
    // What another document of the run describes is read for that one.
    if (source.type !== 'guest') return;
    const { node, vmid } = source.row;
    await cluster.pending(node, vmid);
    if (wish.snapshot !== undefined) await cluster.snapshotConfig(node, vmid, wish.snapshot);
    await readFirewallOf(resource, { node, vmid }, cluster);
  });
}
