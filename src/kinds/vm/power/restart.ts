import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { isAttribute } from '../create.ts';
import type { Draft } from '../steps.ts';
import { foreignPending } from './foreign-pending.ts';
import { shutdownSeconds, shutdownWait } from './shutdown.ts';
import { startWait } from './start.ts';
import { waitForDrafts } from './wait-for.ts';

/** What of `allow` a decision about restarts needs. */
export type Allowing = Pick<PlanContext, 'allow'>;

/** Whether the user or the document lets the run restart the guest. */
export function mayRestart(resource: Resource, { allow }: Allowing): boolean {
  return allow.has('restart') || resource.spec['restart'] === 'allowed';
}

/** The changes that wait for a restart: those of this plan, and those that were written before. */
function waitingChanges(changes: readonly Change[]): readonly Change[] {
  return changes.filter((change) => change.effect === 'restart' && !isAttribute(change.key));
}

/** Whether the guest runs and goes on running by this plan. Somebody else's guest is left alone. */
function staysRunning({ live, foreign }: Observation, changes: readonly Change[]): boolean {
  if (live?.running !== true || foreign) return false;
  return !changes.some(
    ({ key, after }) =>
      (key === 'status' && after === 'stopped') ||
      (key === 'ha.state' && (after === 'stopped' || after === 'disabled')) ||
      (key === 'template' && after === true),
  );
}

/** Whether the plan restarts the guest: something waits for it, and it is allowed or required. */
export function wantsRestart(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: Allowing,
): boolean {
  if (!mayRestart(resource, context) && resource.spec['restart'] !== 'required') return false;
  return waitingChanges(changes).length > 0 && staysRunning(observation, changes);
}

/**
 * The steps that restart a running guest, so that it takes what waits: a reboot through the API, which shuts it down and
 * starts it anew. Where the guest does not shut down, it fails and the guest runs on; where the run is killed meanwhile,
 * the node starts it all the same. The task ends when the guest is down, so that its coming back is waited for. It is
 * the same for guests under HA (qemu-server: PVE/QemuServer.pm, vm_reboot).
 */
export function restartDrafts(resource: Resource, observation: Observation): readonly Draft[] {
  const { node, vmid, live, desired } = observation;
  if (live === undefined) return [];
  const seconds = shutdownSeconds(resource, live.current.get('startup'));
  const isAllowed = resource.spec['restart'] === 'allowed' && foreignPending(live, desired).length === 0;
  return [
    {
      title: 'restart',
      effect: 'restart',
      ...(isAllowed ? {} : { needs: ['restart'] }),
      request: { method: 'POST', path: `/nodes/${node}/qemu/${vmid}/status/reboot`, params: { timeout: seconds } },
      await: shutdownWait(seconds),
      hints: [
        `Where guest ${vmid} did not shut down in ${seconds} s, it runs on as before, and its changes wait for a restart. Give it longer (timeouts.shutdown), or restart it from within Proxmox VE: qm reboot ${vmid}`,
      ],
    },
    { title: 'wait until it runs again', effect: 'none', await: startWait(resource) },
    ...waitForDrafts(resource),
  ];
}
