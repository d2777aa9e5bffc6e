import { isObject } from '../../../src/core/json.ts';
import type { Exchange } from './exchange.ts';

/** NICs with a rate or a VLAN could not be plugged on the recordings' host, whose bridge had no real interface. */
const FAILURE =
  /hotplug problem - (?:VM \d+ qmp command 'netdev_add' failed|no physical interface|command '\/sbin\/tc)/;

/** What the bridge of the recordings' host kept from happening. */
export interface BridgeFailures {
  /** Takes note of an exchange; whether it failed, wholly or in part, for want of a real bridge. */
  isFailure(exchange: Exchange): boolean;
  /** Whether a difference follows from such a failure before: it is about a NIC that could not be plugged. */
  explains(path: string, difference: string): boolean;
}

/** None yet. */
export function createBridgeFailures(): BridgeFailures {
  const unplugged = new Map<string, Set<string>>();
  return {
    isFailure({ path, response }) {
      const vmid = guestOf(path);
      const errors = isObject(response) && isObject(response['errors']) ? response['errors'] : {};
      const failed = Object.keys(errors).filter((key) => FAILURE.test(String(errors[key])));
      const text = JSON.stringify(response ?? null);
      if (failed.length > 0) unplugged.set(vmid, new Set([...(unplugged.get(vmid) ?? []), ...failed]));
      return failed.length > 0 || FAILURE.test(text);
    },
    explains(path, difference) {
      const nets = unplugged.get(guestOf(path));
      if (nets === undefined) return false;
      return difference.startsWith('digest: ') || [...nets].some((net) => difference.split(': ')[0]?.includes(net));
    },
  };
}

function guestOf(path: string): string {
  return /\/qemu\/(\d+)/.exec(path)?.[1] ?? '';
}
