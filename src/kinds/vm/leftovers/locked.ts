import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';

/**
 * What there is to say of a guest that is to be changed and is locked: the task that holds the lock is waited for before
 * the first write; a lock that no task holds is what a run that died has left, and stays until a person takes it away.
 */
export async function lockedGuest(
  resource: Resource,
  { live, madeBy, node, vmid }: Observation,
  changes: readonly Change[],
  { cluster }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const lock = live?.current.get('lock');
  // What is suspended to disk holds its lock without a task, and is told of where it is in the way.
  if (lock === undefined || lock === 'suspended' || madeBy !== undefined) return [];
  if (!changes.some(({ state }) => state === 'change')) return [];
  const base = { code: 'LOCKED', range: resource.range, address: resource.address } as const;
  // The task of a migration stays where the guest came from (qemu-server: PVE/QemuMigrate.pm).
  const others = lock === 'migrate' ? (await cluster.resources()).nodes.filter((other) => other.online) : [];
  const tasks = [...(await cluster.runningTasks(node))];
  for (const other of others) if (other.node !== node) tasks.push(...(await cluster.runningTasks(other.node)));
  // A backup of several guests carries no id (pve-manager: PVE/API2/VZDump.pm).
  const holder =
    tasks.find(({ id }) => id.split(/[->]/)[0] === String(vmid)) ??
    tasks.find(({ type, id }) => lock === 'backup' && type === 'vzdump' && id === '');
  if (holder !== undefined) {
    const detail = `Guest ${vmid} on ${node} holds lock: ${lock}; ${holder.type} of ${holder.user} works on it (${holder.upid}). The steps wait until it has ended.`;
    return [{ ...base, severity: 'note', summary: 'the guest is locked', detail }];
  }
  const isSure = await cluster.holds(`/nodes/${node}`, 'Sys.Audit');
  const nobody = isSure
    ? 'no task is working on it'
    : 'no task that the token may see is working on it (others need Sys.Audit on the node)';
  const detail = `Guest ${vmid} on ${node} holds lock: ${lock}, and ${nobody}: the steps would wait in vain. Where nothing works on it any more: qm unlock ${vmid}`;
  return [{ ...base, severity: 'warning', summary: 'the guest is locked, and nothing works on it', detail }];
}
