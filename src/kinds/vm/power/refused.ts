import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import { MIB } from '../../../core/units.ts';
import type { LiveState, Observation } from '../../kind.ts';
import { isKeptDrive } from '../cloud-init/review.ts';
import { slotProblems } from '../disks/slots.ts';
import { attachedVolume, isMove, waitsForStart } from '../disks/volume-change.ts';
import { volumeIn } from '../disks/volumes.ts';
import { isVolumeKey } from '../live.ts';
import { pluggedSizes } from './plugged-memory.ts';

/** A guest as it will be once it was shut down, which applies what is pending (PVE/QemuServer.pm, vm_stop_cleanup). */
export function stoppedLive(live: LiveState): LiveState {
  const texts = new Map([...live.pending, ['status', 'stopped']]);
  return { ...live, current: texts, pending: texts, running: false };
}

/** The slots whose change Proxmox VE refuses while the guest runs, and takes when it is stopped. */
function refusedSlots(
  resource: Resource,
  observation: Observation,
  live: LiveState,
  changes: readonly Change[],
): ReadonlySet<string | undefined> {
  const pointers = (at: Observation): readonly (string | undefined)[] =>
    slotProblems(resource, at, changes).map(({ pointer }) => pointer);
  const stopped = new Set(pointers({ ...observation, live: stoppedLive(live) }));
  return new Set(pointers(observation).filter((pointer) => !stopped.has(pointer)));
}

/** Whether a change moves a volume that the running guest holds in a way that does not let it go. */
function isRefusedMove(change: Change, live: LiveState): boolean {
  if (waitsForStart(change, live)) return true;
  if (!isMove(change)) return false;
  const { key } = change;
  return key === 'tpmstate0' || volumeIn(key, live.current.get(key)) !== volumeIn(key, live.pending.get(key));
}

/** Whether a change attaches a volume that another slot of the guest keeps until it stops. */
function isHeld(
  { key, path, after }: Change,
  { desired }: Observation,
  live: LiveState,
  changes: readonly Change[],
): boolean {
  const volume = after === null || !path.startsWith(`disks.${key}`) ? undefined : attachedVolume(key, desired);
  if (volume === undefined) return false;
  return changes.some(
    (other) =>
      other.key !== key &&
      other.after === null &&
      other.effect === 'restart' &&
      isVolumeKey(other.key) &&
      volumeIn(other.key, live.current.get(other.key)) === volume,
  );
}

// The least memory of a guest whose memory is plugged (qemu-server: PVE/QemuServer/Memory.pm).
const LEAST_PLUGGED_MEMORY = 1024 * MIB;

function isOfWholeModules(bytes: number, live: LiveState): boolean {
  // With pages of 1 GiB, what is fixed and the modules depend on the sockets.
  return live.current.get('hugepages') === '1024' || pluggedSizes(bytes / MIB).includes(bytes / MIB);
}

/** Whether a change asks the running guest for memory or processors that it cannot be given, or be rid of. */
export function isBeyondHotplug({ path, key }: Change, { desired }: Observation, live: LiveState): boolean {
  const wanted = desired.find((managed) => managed.path === path)?.value;
  if (typeof wanted !== 'number') return false;
  if (key === 'memory' && live.hotplug.has('memory'))
    return wanted < LEAST_PLUGGED_MEMORY || !isOfWholeModules(wanted, live);
  const processors = Number(live.current.get('sockets') ?? 1) * Number(live.current.get('cores') ?? 1);
  return key === 'vcpus' && live.hotplug.has('cpu') && wanted > processors;
}

/**
 * The paths of the changes that Proxmox VE refuses while the guest runs: a boot disk that goes, another volume on ide and
 * sata, the move of the TPM's state or of a disk that waits for a restart, a volume that another slot holds, a cloud-init
 * drive that moves, memory and processors beyond what can be plugged. A guest that is stopped takes them.
 */
export function refusedWhileRunning(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
): readonly string[] {
  const { live } = observation;
  if (live?.running !== true) return [];
  const written = changes.filter((change) => change.state === 'change');
  const slots = refusedSlots(resource, observation, live, written);
  return written
    .filter(
      (change) =>
        slots.has(`/${change.path.replaceAll('.', '/')}`) ||
        isRefusedMove(change, live) ||
        isHeld(change, observation, live, written) ||
        isKeptDrive(resource, observation, change) ||
        isBeyondHotplug(change, observation, live),
    )
    .map(({ path }) => path);
}
