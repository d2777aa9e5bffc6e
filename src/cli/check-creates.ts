import { PvevmError } from '../core/error.ts';
import type { Plan } from '../core/plan.ts';
import { createClusterView } from '../pve/cluster.ts';
import type { PveReader } from '../pve/reader.ts';

/**
 * Throws `STALE` where a guest that a plan is to create under the next free id has been made since: the id would be
 * another one then, and the guest there twice. A written id cannot be taken twice. Lists of the nodes are read, since
 * `/cluster/resources` may lag behind.
 */
export async function checkCreates(plan: Plan, pve: PveReader): Promise<void> {
  const creates = plan.resources.filter(({ action, vmidChosen }) => action === 'create' && vmidChosen);
  if (creates.length === 0) return;
  const view = createClusterView(pve);
  const { nodes } = await view.resources();
  for (const { node } of nodes.filter(({ online }) => online)) {
    for (const { name, vmid } of await view.guestsOn(node)) {
      const made = creates.find(({ address }) => name !== undefined && address === `vm/${name}`);
      if (made === undefined) continue;
      throw new PvevmError('STALE', `cannot create ${made.address}: guest ${vmid} on ${node} has that name by now`, {
        hints: ['The plan was carried out before, or somebody else was faster: look at a new one, pvevm plan.'],
      });
    }
  }
}
