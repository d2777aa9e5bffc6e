import type { Json, JsonObject } from '../../core/json.ts';
import { behaviourOf } from '../behaviour.ts';
import type { ContainerEntry, GuestEntry } from '../host.ts';
import type { SandboxState } from '../house.ts';
import { haStateOf } from './ha/service-state.ts';

const NUMBERS = 'uptime cpu mem maxmem disk maxdisk netin netout diskread diskwrite'.split(' ');

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
  const row: Record<string, Json> = { id: `qemu/${vmid}`, type: 'qemu', vmid, node };
  const status = host.publishedStatus(vmid);
  if (status === undefined) return { ...row, status: 'unknown' };
  // Plain assignments: a large cluster asks for thousands of these at once.
  for (const key of behaviourOf(host).tellsHostMemory ? [...NUMBERS, 'memhost'] : NUMBERS) row[key] = status[key] ?? 0;
  row['name'] = status['name'] ?? '';
  row['status'] = status['status'] ?? 'unknown';
  row['maxcpu'] = status['cpus'] ?? 1;
  row['template'] = status['template'] ?? 0;
  return row;
}

/** A container of a loaded cluster, stopped. */
export function containerRow({ vmid, node, name, isTemplate }: ContainerEntry, pool: string | undefined): JsonObject {
  const zeros = Object.fromEntries(NUMBERS.map((key) => [key, 0]));
  const row = { id: `lxc/${vmid}`, type: 'lxc', vmid, node, name, status: 'stopped', maxcpu: 1 };
  return { ...zeros, ...row, template: isTemplate ? 1 : 0, ...(pool === undefined ? {} : { pool }) };
}
