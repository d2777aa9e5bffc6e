import type { Address } from '../core/address.ts';
import { PvevmError } from '../core/error.ts';
import { type GuestPlan, isGuestPlan, type Plan } from '../core/plan.ts';
import { type ClusterView, createClusterView } from '../pve/cluster.ts';
import type { PveReader } from '../pve/reader.ts';
import { runOrdered } from './run/schedule.ts';
import { incarnationOf } from './step/guest-session.ts';

/** A resource that is not as its plan found it. */
export interface StaleResource {
  readonly address: Address;
  /** What the plan is to do with it. */
  readonly verb: 'create' | 'change' | 'destroy';
  /** What is otherwise, without a full stop. */
  readonly reason: string;
}

const PARALLELISM = 8;

const nameOf = (address: Address): string => address.slice(address.indexOf('/') + 1);

async function whereIs(vmid: number, node: string, view: ClusterView): Promise<string> {
  const row = (await view.resources()).guests.find((guest) => guest.vmid === vmid);
  return row === undefined || row.node === node ? 'is not there any more' : `is on ${row.node} by now`;
}

/** Why a guest that is there cannot be changed as planned; undefined where it is as it was. */
async function whyChanged(plan: GuestPlan, view: ClusterView): Promise<string | undefined> {
  const { node, vmid, incarnation, digest } = plan;
  try {
    const config = await view.pending(node, vmid);
    const kind = incarnation?.slice(0, incarnation.indexOf('='));
    if (kind !== undefined && kind !== 'digest' && `${kind}=${incarnationOf(config, kind)}` !== incarnation)
      return `guest ${vmid} is another guest than the one that was planned for`;
    // A lock changes the digest as it comes and goes: what else has changed shows when it is gone.
    if (digest === null || config.digest === digest || config.items.has('lock')) return undefined;
    return `the configuration of guest ${vmid} has changed since it was planned`;
  } catch (error) {
    if (!(error instanceof PvevmError) || error.code !== 'PVE_NOT_FOUND') throw error;
    return `guest ${vmid} ${await whereIs(vmid, node, view)}`;
  }
}

/**
 * The guests that are to be created and are there by now: by their name, where pvevm chose the id (the guest would be there
 * twice), by their id where it was written; and those whose node has gone offline. Lists of the nodes are read, since `/cluster/resources` may lag behind.
 */
async function madeMeanwhile(creates: readonly GuestPlan[], view: ClusterView): Promise<readonly StaleResource[]> {
  if (creates.length === 0) return [];
  const { nodes } = await view.resources();
  const offline = new Set(nodes.filter(({ online }) => !online).map(({ node }) => node));
  const made = creates
    .filter(({ node }) => offline.has(node))
    .map(({ address, node }): StaleResource => ({ address, verb: 'create', reason: `${node} is offline by now` }));
  for (const { node } of nodes.filter(({ online }) => online)) {
    for (const { name, vmid } of await view.guestsOn(node)) {
      for (const plan of creates) {
        const { address, vmidChosen } = plan;
        if (vmidChosen ? name !== nameOf(address) : vmid !== plan.vmid) continue;
        const reason = `guest ${vmid} on ${node} has that ${vmidChosen ? 'name' : 'id'} by now`;
        made.push({ address, verb: 'create', reason });
      }
    }
  }
  return made;
}

/**
 * The resources of a plan that are not as it found them: guests that are gone, are others by now, or have another
 * configuration, and guests to be created that are there. Reads only; throws where the cluster cannot be read.
 */
export async function findStale(plan: Plan, pve: PveReader): Promise<readonly StaleResource[]> {
  const view = createClusterView(pve);
  const guests = plan.resources.filter(isGuestPlan).filter(({ steps }) => steps.length > 0);
  const reasons = new Map<Address, string>();
  const failures: unknown[] = [];
  const look = async (guest: GuestPlan): Promise<void> => {
    try {
      const reason = await whyChanged(guest, view);
      if (reason !== undefined) reasons.set(guest.address, reason);
    } catch (error) {
      failures.push(error);
    }
  };
  const existing = guests.filter(({ action }) => action !== 'create');
  await runOrdered(existing, PARALLELISM, look, { after: () => [] });
  if (failures.length > 0) throw failures[0];
  const made = await madeMeanwhile(
    guests.filter(({ action }) => action === 'create'),
    view,
  );
  const changed = existing.flatMap(({ address, action }): readonly StaleResource[] => {
    const reason = reasons.get(address);
    return reason === undefined ? [] : [{ address, verb: action === 'delete' ? 'destroy' : 'change', reason }];
  });
  return [...changed, ...made];
}
