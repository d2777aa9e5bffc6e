import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation } from '../../kind.ts';
import { volumeIn } from '../disks/volumes.ts';
import { type Draft, TIMEOUTS } from '../steps.ts';
import { stopsBeforeHa } from './ha-stop.ts';
import { shutdownDraft } from './shutdown.ts';
import { startDrafts, startedByHaDrafts, startWait } from './start.ts';
import { waitForDrafts } from './wait-for.ts';

/** Whether a guest's power is the HA manager's once this plan is done: `ignored` leaves it to whoever asks (PVE/HA/Config.pm). */
export function isUnderHa({ live, desired }: Pick<Observation, 'live' | 'desired'>): boolean {
  const written = desired.find((managed) => managed.key === 'ha');
  const state = desired.find((managed) => managed.key === 'ha.state')?.value ?? live?.current.get('ha.state');
  const isRegistered = written === undefined ? live?.current.has('ha') === true : written.value === true;
  return isRegistered && state !== 'ignored';
}

/** The step that lets a guest go on whose process is there, but does nothing. */
function resumeDraft(path: string, before: string): Draft {
  return {
    title: `resume (it is ${before})`,
    effect: 'none',
    request: { method: 'POST', path: `${path}/status/resume`, params: {} },
    await: { for: 'task', timeoutMs: TIMEOUTS.power },
  };
}

function runDrafts(resource: Resource, observation: Observation, path: string, before: string): readonly Draft[] {
  if (before === 'paused' || before === 'prelaunch') return [resumeDraft(path, before), ...waitForDrafts(resource)];
  if (before === 'suspended') {
    // A start goes on from the saved state, and frees its volume (qemu-server: PVE/QemuServer.pm, vm_start_nolock).
    const [start, ...waits] = startDrafts(resource, path, 'resume from disk');
    const state = volumeIn('vmstate', observation.live?.current.get('vmstate'));
    const removes = state === undefined ? {} : { removes: [state] };
    return start === undefined ? [] : [{ ...start, ...removes, expects: { lock: 'suspended' } }, ...waits];
  }
  return isUnderHa(observation) ? startedByHaDrafts(resource) : startDrafts(resource, path);
}

/**
 * The steps that bring a live guest to the power that its document says. What is registered with HA is powered by the HA
 * manager, which the change of its state has asked; this waits for it. A guest that HA is to keep stopped from now on is
 * shut down before.
 */
export function powerDrafts(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  allow: ReadonlySet<string>,
): readonly Draft[] {
  const change = changes.find(({ key }) => key === 'status');
  if (change === undefined) return [];
  const { node, vmid, live } = observation;
  const path = `/nodes/${node}/qemu/${vmid}`;
  if (change.after === 'running') return runDrafts(resource, observation, path, String(change.before));
  if (isUnderHa(observation) && !stopsBeforeHa(observation, changes))
    return [{ title: 'wait until HA has stopped it', effect: 'none', await: startWait(resource, 'stopped') }];
  const target = { node, vmid, startup: live?.pending.get('startup') };
  return [shutdownDraft(resource, target, allow.has('hard-stop'))];
}
