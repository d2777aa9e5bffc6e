import type { Address } from '../../../core/address.ts';
import type { Project } from '../../../core/resource.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import type { GuestRow } from '../../../pve/cluster-rows.ts';
import { begin } from '../../begin.ts';
import type { FoundGuest } from './found.ts';
import { ownTag } from './mark.ts';

/** A guest that may be a document's. */
export interface Candidate {
  readonly node: string;
  readonly vmid: number;
  readonly name: string | undefined;
}

/** The guests of a cluster as those look for theirs that know no id. Lists are in the order of the ids. */
export interface Candidates {
  named(name: string): readonly Candidate[];
  /** Those that may carry a mark of ours, and those of one more name. */
  oursAnd(name: string): readonly Candidate[];
  /**
   * The first of our own whose mark names an address; undefined where none does. Reads no further than to that one, and
   * each guest once, whatever the number of addresses that are looked for.
   */
  marked(address: Address): Promise<FoundGuest | undefined>;
}

/** Reads a guest, and says whether its mark is one of this stack and names its own id. */
export type ReadCandidate = (candidate: Candidate) => Promise<FoundGuest>;

// As many as the client has on their way at a time: a scan that ends early has asked for that many in vain.
const READ_AHEAD = 16;

const byId = (left: Candidate, right: Candidate): number => left.vmid - right.vmid;

/** Whether a guest may carry our mark, whatever its name: the tag is the mark's index, where the project has tags. */
export function mayBeOurs(row: Pick<GuestRow, 'tags'>, project: Project): boolean {
  return project.mark === 'description' || row.tags.includes(ownTag(project.stack));
}

/** Reads the lists of all nodes that are online. */
export async function readCandidates(
  project: Project,
  cluster: ClusterView,
  readGuest: ReadCandidate,
): Promise<Candidates> {
  const byName = new Map<string | undefined, Candidate[]>();
  const ours: Candidate[] = [];
  const { nodes } = await cluster.resources();
  for (const node of nodes.filter((candidate) => candidate.online)) {
    for (const row of await cluster.guestsOn(node.node)) {
      const candidate = { node: node.node, vmid: row.vmid, name: row.name };
      const namesakes = byName.get(row.name) ?? [];
      namesakes.push(candidate);
      byName.set(row.name, namesakes);
      if (mayBeOurs(row, project)) ours.push(candidate);
    }
  }
  for (const namesakes of byName.values()) namesakes.sort(byId);
  ours.sort(byId);

  const byAddress = new Map<Address, FoundGuest>();
  let read = 0;
  let begun = 0;
  return {
    named: (name) => byName.get(name) ?? [],
    oursAnd: (name) => [...new Set([...ours, ...(byName.get(name) ?? [])])].sort(byId),
    marked: async (address) => {
      for (; read < ours.length && !byAddress.has(address); read += 1) {
        for (; begun < Math.min(read + READ_AHEAD, ours.length); begun += 1) {
          const { node, vmid } = ours[begun] as Candidate;
          begin(cluster.pending(node, vmid));
        }
        const guest = await readGuest(ours[read] as Candidate);
        const { mark } = guest;
        if (mark === undefined || mark.vmid !== guest.vmid || mark.stack !== project.stack) continue;
        if (!byAddress.has(mark.address)) byAddress.set(mark.address, guest);
      }
      return byAddress.get(address);
    },
  };
}
