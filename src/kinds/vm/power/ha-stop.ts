import type { Change } from '../../../core/plan.ts';
import type { Observation } from '../../kind.ts';

/**
 * Whether the HA manager is asked to stop a guest that runs. It gives the guest 60 seconds and then stops it hard, and
 * nothing in its API says otherwise (pve-ha-manager: PVE/HA/Resources/PVEVM.pm, shutdown).
 */
export function stopsUnderHa({ live, desired }: Observation, changes: readonly Change[]): boolean {
  if (live?.running !== true || desired.some(({ key, value }) => key === 'ha' && value === undefined)) return false;
  return changes.some(({ key, after }) => key === 'ha.state' && (after === 'stopped' || after === 'disabled'));
}
