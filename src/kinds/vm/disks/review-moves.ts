import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import type { LiveState, Observation, PlanContext } from '../../kind.ts';
import { missingStorage } from '../preflight/missing.ts';
import { type Move, moveOf } from './move.ts';
import { changeProblem } from './problem.ts';
import { snapshotsByVolume } from './snapshot-users.ts';
import { isMove } from './volume-change.ts';
import { deviceName, holdsVolume, ownerOf, volumeIn } from './volumes.ts';

/** A move that a plan asks for, and the change that asks for it. */
export interface AskedMove extends Move {
  readonly change: Change;
}

/** The moves of a plan, one a drive. */
export function movesIn(changes: readonly Change[], live: LiveState | undefined): readonly AskedMove[] {
  if (live === undefined) return [];
  const asked = changes.filter((change) => change.state === 'change' && isMove(change));
  return [...new Set(asked.map((change) => change.key))].flatMap((key) => {
    const mine = asked.filter((change) => change.key === key);
    const move = moveOf(key, mine, live);
    const change = mine.find((candidate) => candidate.path.endsWith('.storage')) ?? mine[0];
    return move === undefined || change === undefined ? [] : [{ ...move, change }];
  });
}

/** What stands in the way by the guest's present state (qemu-server: PVE/API2/Qemu.pm, move_vm_disk). */
function stateProblem(resource: Resource, move: AskedMove, live: LiveState, vmid: number): Diagnostic | undefined {
  const { key, change } = move;
  const device = deviceName(key);
  const stop = 'Shut the guest down, and apply again.';
  if (volumeIn(key, live.current.get(key)) !== volumeIn(key, live.pending.get(key)))
    return changeProblem(
      resource,
      change,
      'the disk waits for a restart',
      `${device} of guest ${vmid} gets another volume at its next start, and cannot be moved before. ${stop}`,
    );
  if (key === 'tpmstate0' && live.running)
    return changeProblem(
      resource,
      change,
      'the TPM’s state cannot be moved while the guest runs',
      `Proxmox VE moves the TPM’s state of a stopped guest only, and guest ${vmid} runs. ${stop}`,
    );
  return undefined;
}

/** A volume that is not the guest's own by its name: the move removes its source, whoever else has it. */
function ownerProblem(resource: Resource, { key, volume, change }: AskedMove, vmid: number): Diagnostic | undefined {
  const owner = ownerOf(volume);
  if (owner === vmid) return undefined;
  const whose = owner === undefined ? `no volume of guest ${vmid} by its name` : `guest ${owner}’s by its name`;
  const summary = 'the volume is not the guest’s own';
  const detail = `${deviceName(key)} of guest ${vmid} is ${volume}, which is ${whose}, and a move removes its source from under whoever uses it. Write storage and format as they are, or detach it.`;
  return changeProblem(resource, change, summary, detail);
}

/** What stands in the way of moving and converting disks: the storage, the guest's state, whose volume it is, a snapshot. */
export async function moveProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const { live, node, vmid } = observation;
  const moves = movesIn(changes, live);
  if (live === undefined || moves.length === 0) return [];
  const snapshots = await snapshotsByVolume(node, vmid, context.cluster);
  const found: Diagnostic[] = [];
  for (const move of moves) {
    const { change, volume, storage } = move;
    const origin = originOf(resource, `/${change.path.replaceAll('.', '/')}`);
    const wish = { storage, content: 'images', path: change.path, origin } as const;
    const absent = await missingStorage(resource, wish, node, context.cluster);
    const state = stateProblem(resource, move, live, vmid);
    if (absent !== undefined) found.push(absent);
    if (state !== undefined) found.push(state);
    // A slot that holds no disk is told of as such (slots.ts).
    const foreign = holdsVolume(move.key, live.current.get(move.key) ?? '')
      ? ownerProblem(resource, move, vmid)
      : undefined;
    if (foreign !== undefined) found.push(foreign);
    const holders = snapshots.get(volume) ?? [];
    if (holders.length === 0) continue;
    const detail = `${volume} is in the snapshots ${holders.join(', ')} of guest ${vmid}, and Proxmox VE does not move such a disk and remove its source. Remove the snapshots first (qm delsnapshot ${vmid} ${holders[0]}), or write storage and format as they are.`;
    found.push(changeProblem(resource, change, 'a snapshot holds the volume', detail));
  }
  return found;
}
