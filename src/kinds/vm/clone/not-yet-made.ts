import type { Observation, PlanContext } from '../../kind.ts';

/**
 * What reviewing a guest may read: of one that is yet to be cloned there is nothing to be asked, and it will have no
 * snapshots (qemu-server: PVE/API2/Qemu.pm, clone_vm).
 */
export function contextOf({ madeBy, vmid }: Observation, context: PlanContext): PlanContext {
  if (madeBy === undefined) return context;
  const { cluster } = context;
  return {
    ...context,
    cluster: {
      ...cluster,
      snapshots: async (node, asked) => (asked === vmid ? [] : await cluster.snapshots(node, asked)),
    },
  };
}
