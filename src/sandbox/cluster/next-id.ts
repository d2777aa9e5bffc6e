import { failure, parameterFailure } from '../api-error.ts';
import type { HouseEndpoint } from '../house.ts';

const DEFAULT_RANGE = { lower: 100, upper: 1_000_000 };

/** `GET /cluster/nextid`: the lowest free id as a string; the upper bound is exclusive (pve-manager: PVE/API2/Cluster.pm). */
export const nextIdEndpoint: HouseEndpoint = {
  method: 'GET',
  path: '/cluster/nextid',
  handle({ host, params }) {
    const { vmid } = params;
    if (vmid !== undefined) {
      if (host.guests.isTaken(Number(vmid))) throw parameterFailure({ vmid: `VM ${vmid} already exists` });
      return String(vmid);
    }
    const { lower, upper } = rangeOf(host.datacenter['next-id']);
    for (let id = lower; id < upper; id += 1) if (!host.guests.isTaken(id)) return String(id);
    throw failure(`unable to get any free VMID in range [${lower}, ${upper}]`);
  },
};

function rangeOf(text: string | undefined): { readonly lower: number; readonly upper: number } {
  const bound = (name: string): number | undefined => {
    const digits = new RegExp(`(?:^|,)${name}=(\\d+)`).exec(text ?? '')?.[1];
    return digits === undefined ? undefined : Number(digits);
  };
  return { lower: bound('lower') ?? DEFAULT_RANGE.lower, upper: bound('upper') ?? DEFAULT_RANGE.upper };
}
