import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Step } from '../../../core/step.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { type Draft, numberSteps, withDigests } from '../steps.ts';
import { updateDrafts } from '../update.ts';
import { stopsAround, whenStopped } from './around.ts';
import { restartDrafts, wantsRestart } from './restart.ts';
import { shutdownDraft } from './shutdown.ts';
import { startDrafts } from './start.ts';

/** Whether a step destroys what is unused: it names the volume that it expects. */
function destroysUnused({ expects }: Draft): boolean {
  return expects?.volumes !== undefined;
}

/**
 * The steps of a running guest whose changes Proxmox VE refuses while it runs: what is pending is withdrawn, the guest is
 * shut down, everything is written, and the guest is started where it is not to stay stopped. What is unused is destroyed
 * after that, so that a failure of it leaves no guest down.
 */
function aroundDrafts(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  allow: ReadonlySet<string>,
): readonly Draft[] {
  const { node, vmid, live } = observation;
  const path = `/nodes/${node}/qemu/${vmid}`;
  const withdrawn = changes.filter((change) => change.withdraws === true);
  const stopped = whenStopped(observation, changes);
  const staysStopped = changes.some(({ key, after }) => key === 'status' && after === 'stopped');
  const shutdown = shutdownDraft(
    resource,
    { node, vmid, startup: live?.pending.get('startup') },
    allow.has('hard-stop'),
    staysStopped ? '' : ' for changes that a running guest refuses',
  );
  // Without the document’s word a restart has to be allowed once more for a plan that was saved.
  const needs = [
    ...(shutdown.needs ?? []),
    ...(staysStopped || resource.spec['restart'] === 'allowed' ? [] : (['restart'] as const)),
  ];
  const written = updateDrafts(resource, stopped.observation, stopped.changes, allow);
  return [
    // What is unused is destroyed once, at the end.
    ...updateDrafts(resource, observation, withdrawn, allow).filter(({ effect }) => effect !== 'data-loss'),
    { ...shutdown, ...(needs.length === 0 ? {} : { needs }) },
    ...written.filter((draft) => !destroysUnused(draft)),
    ...(staysStopped ? [] : startDrafts(resource, path, 'start again')),
    ...written.filter(destroysUnused),
  ];
}

/**
 * The steps that bring a live guest to its state, with the restart that it takes where that is allowed or required.
 */
export function liveUpdateSteps(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): readonly Step[] {
  const { allow } = context;
  const drafts = stopsAround(resource, observation, changes, context)
    ? aroundDrafts(resource, observation, changes, allow)
    : updateDrafts(
        resource,
        observation,
        changes,
        allow,
        wantsRestart(resource, observation, changes, context) ? restartDrafts(resource, observation) : [],
      );
  return numberSteps(resource.address, withDigests(drafts, observation.digest));
}
