import type { JsonObject } from '../../core/json.ts';
import { GIB } from '../../core/units.ts';
import type { NodeState } from '../host.ts';
import type { SandboxState } from '../house.ts';
import { memoryOfRunning } from './qemu/guest-status.ts';

/** Bytes of a node's root file system. */
const ROOT_TOTAL = 100 * GIB;
const ROOT_USED = 8 * GIB;
/** How long the nodes have been up when they are first looked at, in milliseconds. */
const UP_AT_FIRST = 3_600_000;
/** Since when the nodes of each sandbox run, by its own clock. */
const booted = new WeakMap<SandboxState, number>();

/** The seconds that the nodes have been up. */
export function nodeUptime(host: SandboxState): number {
  const since = booted.get(host) ?? host.clock.now() - UP_AT_FIRST;
  booted.set(host, since);
  return Math.floor((host.clock.now() - since) / 1000);
}

/** The bytes of a node's memory that are in use: by itself, and by the guests that run. */
export function memoryInUse(host: SandboxState, node: NodeState): number {
  const guests = host.guests
    .list(node.name)
    .filter(({ vmid }) => host.guests.startedAt(vmid) !== undefined)
    .reduce((sum, entry) => sum + memoryOfRunning(entry), 0);
  return Math.min(node.memory, node.memoryUsed + guests);
}

/** The root file system of a node, in bytes. */
export const ROOT_FILE_SYSTEM: { readonly total: number; readonly used: number } = {
  total: ROOT_TOTAL,
  used: ROOT_USED,
};

/** A node as lists show it; without Sys.Audit only its name and status. */
export function nodeRow(host: SandboxState, node: NodeState, mayAudit: boolean): JsonObject {
  const { name, online } = node;
  const row = { id: `node/${name}`, type: 'node', node: name, status: online ? 'online' : 'offline', level: '' };
  if (!mayAudit || !online) return row;
  return {
    ...row,
    cpu: 0,
    maxcpu: node.cpus,
    mem: memoryInUse(host, node),
    maxmem: node.memory,
    disk: ROOT_USED,
    maxdisk: ROOT_TOTAL,
    uptime: nodeUptime(host),
  };
}
