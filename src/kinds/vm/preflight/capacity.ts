import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import { displaySize, GIB, MIB } from '../../../core/units.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { told } from '../../told.ts';
import { storedParts } from '../live.ts';

/** A number that the guest will have: the document's, or else the guest's own. */
function future({ desired, live }: Observation, key: string, otherwise: number): number {
  const managed = desired.find((value) => value.key === key && typeof value.value === 'number');
  return typeof managed?.value === 'number' ? managed.value : Number(live?.pending.get(key) ?? otherwise);
}

/** Bytes; Proxmox VE gives 512 MiB to a guest that says nothing (qemu-server: PVE/QemuServer/Memory.pm). */
function futureMemory({ desired, live }: Observation): number {
  const managed = desired.find(({ key, value }) => key === 'memory' && typeof value === 'number')?.value;
  if (typeof managed === 'number') return managed;
  const text = live?.pending.get('memory') ?? '512';
  return Number(storedParts('memory', text)?.['current'] ?? text) * MIB;
}

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/**
 * What a node lacks for a guest that the plan starts there: processors, of which Proxmox VE lets no guest have more than
 * the node (qemu-server: PVE/QemuServer.pm, config_to_command: `MAX n vcpus allowed per VM on this node`), and memory,
 * which it does not look at: more than the node has is an error, more than is free a warning.
 */
export async function capacityProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  { cluster }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const starts = changes.some(({ key, after, state }) => key === 'status' && state === 'change' && after === 'running');
  const { nodes } = await cluster.resources();
  const node = nodes.find((row) => row.node === observation.node);
  // Without Sys.Audit on the node, its sizes are not shown.
  if (!starts || observation.live?.running === true || node === undefined || node.maxcpu === 0) return [];
  const found: Diagnostic[] = [];
  const processors = future(observation, 'cores', 1) * future(observation, 'sockets', 1);
  if (processors > node.maxcpu) {
    const detail = `The guest has ${processors} processors (cpu.sockets × cpu.cores), and Proxmox VE starts none with more than its node has: ${node.node} has ${node.maxcpu}. Write less, or another node.`;
    found.push(told(resource, 'cpu.cores', 'error', 'IMPOSSIBLE', 'more processors than the node has', detail));
  }
  const memory = futureMemory(observation);
  if (memory > node.maxmem) {
    const detail = `The guest takes ${displaySize(memory)}, and ${node.node} has ${gib(node.maxmem)} in all, so that the guest would not start. Write less, or another node.`;
    found.push(told(resource, 'memory.size', 'error', 'IMPOSSIBLE', 'more memory than the node has', detail));
  } else if (memory > node.maxmem - node.mem) {
    const detail = `The guest takes up to ${displaySize(memory)}, and ${gib(node.maxmem - node.mem)} are free on ${node.node}. It may not start, or other guests may be stopped for want of memory. Write less, or another node.`;
    found.push(told(resource, 'memory.size', 'warning', 'IMPOSSIBLE', 'more memory than is free', detail));
  }
  return found;
}
