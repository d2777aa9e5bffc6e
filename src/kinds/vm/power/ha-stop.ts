import type { Change } from '../../../core/plan.ts';
import type { Observation } from '../../kind.ts';

function asksToStop(changes: readonly Change[]): boolean {
  return changes.some(({ key, after }) => key === 'ha.state' && (after === 'stopped' || after === 'disabled'));
}

/**
 * Whether a guest that HA is to keep stopped is shut down before HA is told so: it runs and is not HA's yet, or HA ignores
 * it, so that it can be asked to shut down and be waited for (pve-ha-manager: PVE/HA/Config.pm, vm_is_ha_managed).
 */
export function stopsBeforeHa({ live, desired }: Observation, changes: readonly Change[]): boolean {
  if (live?.running !== true || desired.some(({ key, value }) => key === 'ha' && value === undefined)) return false;
  const isLeftAlone = !live.current.has('ha') || live.current.get('ha.state') === 'ignored';
  const isStopped = changes.some(({ key, after }) => key === 'status' && after === 'stopped');
  return isLeftAlone && isStopped && asksToStop(changes);
}

/**
 * Whether the HA manager is asked to stop a guest that runs. It gives the guest 60 seconds and then stops it hard, and
 * nothing in its API says otherwise (pve-ha-manager: PVE/HA/Resources/PVEVM.pm, shutdown).
 */
export function stopsUnderHa(observation: Observation, changes: readonly Change[]): boolean {
  const { live, desired } = observation;
  if (live?.running !== true || desired.some(({ key, value }) => key === 'ha' && value === undefined)) return false;
  return asksToStop(changes) && !stopsBeforeHa(observation, changes);
}
