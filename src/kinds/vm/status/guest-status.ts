import type { Resource } from '../../../core/resource.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { LiveState, ObjectStatus, Observation, StatusContext } from '../../kind.ts';
import { askAgent } from './addresses.ts';
import { endOf } from './end-of.ts';
import { otherStackNotes, ownerOf } from './owner.ts';

/** What a guest does: QEMU's own word where it runs; one that is suspended to disk has no process, and a lock. */
async function stateOf(
  { node, vmid }: Observation,
  live: LiveState,
  isTemplate: boolean,
  { cluster }: StatusContext,
): Promise<string> {
  if (isTemplate) return 'template';
  if (!live.running) return live.current.get('lock') === 'suspended' ? 'suspended' : 'stopped';
  const states = await unlessRefused(cluster.qmpStates(node), new Map<number, string>());
  return states.get(vmid) ?? 'running';
}

/**
 * What a guest is doing: its power, HA's word, its lock, its uptime, and the addresses that its agent shows. One request
 * a node, and one a guest whose agent is on (qemu-server: PVE/QemuServer.pm, vmstatus).
 */
export async function guestStatus(
  resource: Resource,
  observation: Observation,
  context: StatusContext,
): Promise<ObjectStatus> {
  const { node, vmid, live, foreign } = observation;
  if (live === undefined) return { state: 'absent', owner: 'own' };
  const { cluster, project } = context;
  const row = (await cluster.guestsOn(node)).find((guest) => guest.vmid === vmid);
  const ha = (await cluster.resources()).guests.find((guest) => guest.vmid === vmid)?.hastate;
  const lock = live.current.get('lock');
  const agent = await askAgent(resource.spec['pool'], observation, live, context);
  const notes = [...otherStackNotes(resource, observation, live, project), ...(agent.notes ?? [])];
  return {
    state: await stateOf(observation, live, row?.template === true, context),
    ...ownerOf(vmid, foreign, live, project),
    ...(ha === undefined ? {} : { ha }),
    ...(lock === undefined ? {} : { lock }),
    ...(live.running && row !== undefined ? { uptime: row.uptime ?? 0 } : {}),
    ...endOf(vmid, live, context.pve.answeredAt?.()),
    ...agent,
    ...(notes.length === 0 ? {} : { notes }),
  };
}
