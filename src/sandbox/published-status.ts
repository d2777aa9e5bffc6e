import type { JsonObject } from '../core/json.ts';

/** What the cluster-wide view knows of each guest's own values, some time after they changed. */
export interface PublishedStatus {
  /** Takes what a guest is now; `undefined`: it is gone. */
  publish(vmid: number, status: JsonObject | undefined): void;
  /** Takes what a guest has been for long. */
  know(vmid: number, status: JsonObject): void;
  /** What is to be seen of it now; undefined: nothing yet. */
  seen(vmid: number): JsonObject | undefined;
}

/**
 * Name, status and the like reach `/cluster/resources` only with the next broadcast of the guest's node (pve-manager:
 * PVE/Service/pvestatd.pm): here each change is seen so many milliseconds after it was made.
 */
export function createPublishedStatus(now: () => number, lagMs: number): PublishedStatus {
  const histories = new Map<number, { readonly at: number; readonly status: JsonObject }[]>();
  return {
    publish(vmid, status) {
      if (status === undefined) histories.delete(vmid);
      else histories.set(vmid, [...(histories.get(vmid) ?? []), { at: now() + lagMs, status }]);
    },
    know: (vmid, status) => void histories.set(vmid, [{ at: now(), status }]),
    seen(vmid) {
      const history = histories.get(vmid) ?? [];
      const last = history.findLastIndex(({ at }) => at <= now());
      if (last > 0) history.splice(0, last);
      return last === -1 ? undefined : history[0]?.status;
    },
  };
}
