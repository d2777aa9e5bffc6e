import { PvevmError } from '../../core/error.ts';
import type { GuestPlan } from '../../core/plan.ts';
import type { Step } from '../../core/step.ts';
import type { Pending } from '../../pve/cluster-rows.ts';

/** The text of a config key as it is now, whatever is pending; undefined where it is not set. */
export function textIn(config: Pending, key: string): string | undefined {
  const value = config.items.get(key)?.value;
  return value === undefined ? undefined : String(value);
}

/** The volume that a config key holds now, whatever is pending; undefined where it holds none. */
export function volumeIn(config: Pending, key: string): string | undefined {
  return textIn(config, key)?.split(',')[0];
}

/**
 * Throws `STALE` where a config key does not hold the volume that a step was planned for: unused volumes are numbered
 * anew when others come and go, and the one that is destroyed has to be the one that the plan names.
 */
export function requireVolumes(step: Step, config: Pending, plan: GuestPlan): void {
  for (const [key, volume] of Object.entries(step.expects?.volumes ?? {})) {
    const found = volumeIn(config, key);
    if (found === volume) continue;
    throw new PvevmError(
      'STALE',
      `cannot ${step.title}: ${key} of guest ${plan.vmid} holds ${found ?? 'nothing'} by now, and not ${volume}`,
      {
        hints: [`Look at guest ${plan.vmid} on ${plan.node}, and run the command again: it plans from what is there.`],
      },
    );
  }
}
