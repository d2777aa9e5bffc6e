import type { JsonObject } from '../../core/json.ts';
import type { GuestEntry } from '../host.ts';
import type { SandboxState } from '../house.ts';
import { haStateOf } from './ha/service-state.ts';

const NUMBERS = [
  'uptime',
  'cpu',
  'mem',
  'maxmem',
  'disk',
  'maxdisk',
  'netin',
  'netout',
  'diskread',
  'diskwrite',
  'memhost',
];

/**
 * A guest as `/cluster/resources` shows it: where it is, its tags, lock and pool at once, the rest as it was last
 * broadcast (pve-manager: PVE/API2/Cluster.pm).
 */
export function guestRow(host: SandboxState, entry: GuestEntry, pool: string | undefined): JsonObject {
  const { tags, lock } = entry.config.current;
  const hastate = haStateOf(host, `vm:${entry.vmid}`);
  return {
    ...memberRow(host, entry),
    ...(pool === undefined ? {} : { pool }),
    ...(tags === undefined ? {} : { tags }),
    ...(lock === undefined ? {} : { lock }),
    ...(hastate === undefined ? {} : { hastate }),
  };
}

/**
 * A guest as a member of a pool: without tags and lock. Until its first broadcast it has no name, and its status is
 * `unknown` (pve-manager: PVE/API2Tools.pm, extract_vm_stats).
 */
export function memberRow(host: SandboxState, { vmid, node }: GuestEntry): JsonObject {
  return { ...{ id: `qemu/${vmid}`, type: 'qemu', vmid, node }, ...broadcast(host.publishedStatus(vmid)) };
}

function broadcast(status: JsonObject | undefined): JsonObject {
  if (status === undefined) return { status: 'unknown' };
  const numbers = Object.fromEntries(NUMBERS.map((key) => [key, status[key] ?? 0]));
  return {
    ...numbers,
    name: status['name'] ?? '',
    status: status['status'] ?? 'unknown',
    maxcpu: status['cpus'] ?? 1,
    template: status['template'] ?? 0,
  };
}
