import type { GuestPlan } from '../../core/plan.ts';
import type { Step } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { PveReader } from '../../pve/reader.ts';
import { unlessRefused } from '../../pve/refused.ts';
import { fillRequest } from '../step/placeholders.ts';

/** Whether a step hands its guest to HA. */
function registers({ request }: Step): boolean {
  return request?.method === 'POST' && request.path === '/cluster/ha/resources';
}

/** Whether a step starts its guest itself. */
function starts({ request }: Step): boolean {
  return request?.method === 'POST' && request.path.endsWith('/status/start');
}

/** Whether a step only waits: that the guest runs, or that its agent answers. */
function onlyWaits({ request }: Step): boolean {
  return request === undefined;
}

/** Whether a step is there so that the guest runs: it starts it, or waits until HA has. */
function bringsUp(step: Step): boolean {
  return starts(step) || (onlyWaits(step) && step.await.for === 'power' && step.await.state === 'running');
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

/** Whether a guest is registered with HA by now; not, where the token may not read that. */
async function isRegistered(vmid: number, pve: PveReader): Promise<boolean> {
  const registered = await unlessRefused(createClusterView(pve).haResources(), []);
  return registered.some(({ sid }) => sid === `vm:${vmid}`);
}

/**
 * What the old plan was still to do so that its guest runs, and the new one does not: the registration with HA where there
 * is none, else the start, each with what is waited for. What else is left of the old plan the new one has compared with
 * what is there.
 */
async function missingStart(
  { steps, vmid }: GuestPlan,
  left: readonly Step[],
  pve: PveReader,
): Promise<readonly Step[]> {
  const isHandedOver = left.some(registers) && !steps.some(registers) && !(await isRegistered(vmid, pve));
  if (isHandedOver)
    return left.slice(left.findIndex(registers)).filter((step) => registers(step) || starts(step) || onlyWaits(step));
  const at = left.findIndex(starts);
  if (at < 0 || steps.some(bringsUp)) return [];
  return left.slice(at).filter((step) => starts(step) || onlyWaits(step));
}

/**
 * The steps of a new plan with the end of the old one, where that was still to start the guest or to hand it to HA, and
 * the new plan is not: a run that has taken a guest down, or has made it, brings it up as it said, though a plan of what
 * is there now would leave it as it is. Nothing that the new plan has, or that is so by now, is done again; and what it
 * destroys comes last. A guest that runs by now is left as the new plan says.
 */
export async function keepStart(
  made: GuestPlan,
  left: readonly Step[],
  vmidChosen: boolean,
  pve: PveReader,
): Promise<readonly Step[]> {
  const { steps, node, vmid } = made;
  if (!left.some((step) => registers(step) || starts(step))) return steps;
  const { status } = await createClusterView(pve).guestStatus(node, vmid);
  if (status === 'running') return steps;
  const missing = withId(await missingStart(made, left, pve), { vmid, vmidChosen });
  if (missing.length === 0) return steps;
  const others = steps.filter((step) => !destroysVolume(step));
  const start = others.findIndex(bringsUp);
  const end = start < 0 ? others.length : start;
  // What HA starts is not started by the new plan too.
  const after = others.slice(end).filter((step) => !starts(step) && !onlyWaits(step));
  return [...others.slice(0, end), ...missing, ...after, ...steps.filter(destroysVolume)];
}
