import type { GuestPlan } from '../../core/plan.ts';
import type { Step } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { PveReader } from '../../pve/reader.ts';
import { fillRequest } from '../step/placeholders.ts';

/** Whether a step starts its guest, or hands it to HA, which does. */
function startsGuest({ request }: Step): boolean {
  return request?.method === 'POST' && /\/status\/start$|^\/cluster\/ha\/resources$/.test(request.path);
}

/** Whether a step destroys a volume that it names: none of what brings a guest up. */
function destroysVolume({ expects }: Step): boolean {
  return expects?.volumes !== undefined;
}

/** Steps with the guest's own id: in a plan for a guest that is there nothing else fills it in. */
function withId(steps: readonly Step[], { vmid, vmidChosen }: Pick<GuestPlan, 'vmid' | 'vmidChosen'>): readonly Step[] {
  return steps.map((step) => {
    const { request } = step;
    return request === undefined ? step : { ...step, request: fillRequest(request, { vmid, vmidChosen }) };
  });
}

/**
 * The steps of a new plan with the end of the old one, where that was still to start the guest or to hand it to HA, and
 * the new plan is not: a run that has taken a guest down, or has made it, brings it up as it said, though a plan of what
 * is there now would leave it as it is. What the new plan destroys comes after that. A guest that runs by now is left as the
 * new plan says.
 */
export async function keepStart(
  made: GuestPlan,
  left: readonly Step[],
  vmidChosen: boolean,
  pve: PveReader,
): Promise<readonly Step[]> {
  const { steps, node, vmid } = made;
  const at = left.findIndex(startsGuest);
  const tail = at < 0 ? [] : withId(left.slice(at), { vmid, vmidChosen }).filter((step) => !destroysVolume(step));
  const [first] = tail;
  if (first === undefined || steps.some(({ request }) => request?.path === first.request?.path)) return steps;
  const { status } = await createClusterView(pve).guestStatus(node, vmid);
  if (status === 'running') return steps;
  const end = steps.findIndex(startsGuest);
  const before = end < 0 ? steps : steps.slice(0, end);
  return [...before.filter((step) => !destroysVolume(step)), ...tail, ...steps.filter(destroysVolume)];
}
