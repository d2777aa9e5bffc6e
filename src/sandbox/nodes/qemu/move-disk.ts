import { ApiError, failure, parameterFailure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { Call, Endpoint } from '../../host.ts';
import { copyDrive } from './copy-volume.ts';
import type { GuestDraft } from './draft.ts';
import { type Drive, isCdrom, isCloudInitDrive, parseDrive, printDrive, storageOf } from './drive.ts';
import { checkLock, type GuestScope, isRunning, loadDraft, loadGuest, scopeOf, writeDraft } from './guest.ts';
import { disksOf } from './guest-drives.ts';
import { guestTask } from './guest-task.ts';
import { checkReassign, reassign } from './reassign-disk.ts';
import { snapshotNames, snapshotOf } from './snapshot-section.ts';
import { storageNamed } from './storage-access.ts';
import { makeBases } from './template.ts';
import { freeVolume, registerUnused } from './unused-volume.ts';

interface Move {
  readonly key: string;
  readonly storage: string;
  readonly format: string | undefined;
  readonly isSourceDeleted: boolean;
  readonly digest: unknown;
}

/** `POST …/move_disk`: moves a disk to another storage, or to another guest (qemu-server: PVE/API2/Qemu.pm, move_vm_disk). */
export const moveDiskEndpoint: Endpoint = {
  method: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/move_disk',
  handle(call) {
    const scope = scopeOf(call);
    const { storage, 'target-vmid': targetVmid, disk } = call.params;
    const both = (text: string) => parameterFailure({ 'target-vmid': text, storage: text });
    if (targetVmid !== undefined && storage !== undefined) {
      throw both("either set 'storage' or 'target-vmid', but not both");
    }
    if (targetVmid !== undefined) {
      const { target, id } = checkReassign(call, scope);
      return guestTask(call, 'qmmove', (logged) => reassign(logged, target, call), { id });
    }
    if (typeof storage !== 'string') throw both("both 'storage' and 'target-vmid' missing, either needs to be set");
    const key = String(disk);
    scope.require(`/storage/${storage}`, ['Datastore.AllocateSpace']);
    if (/^unused\d+$/.test(key)) {
      throw parameterFailure({
        disk: `cannot move disk '${key}', only configured disks can be moved to another storage`,
      });
    }
    const move = { key, storage, ...detailsIn(call) };
    checkMove(scope, move);
    return guestTask(call, 'qmmove', (logged) => moveDisk(logged, move));
  },
};

function detailsIn({ params }: Call): Pick<Move, 'format' | 'isSourceDeleted' | 'digest'> {
  const format = typeof params['format'] === 'string' ? params['format'] : undefined;
  return { format, isSourceDeleted: params['delete'] === 1, digest: params['digest'] };
}

function checkMove(scope: GuestScope, move: Move): { readonly draft: GuestDraft; readonly drive: Drive } {
  const draft = loadDraft(scope);
  checkLock(draft);
  if (typeof move.digest === 'string' && move.digest !== '' && move.digest !== loadGuest(scope).digest) {
    throw failure('detected modified configuration - file changed by other user? Try again.');
  }
  const text = draft.current.get(move.key);
  if (text === undefined) throw failure(`disk '${move.key}' does not exist`);
  const drive = parseDrive(scope.host.facts, move.key, text);
  const source = drive === undefined ? undefined : storageOf(drive.file);
  if (drive === undefined || source === undefined) throw failure(`disk '${move.key}' has no associated volume`);
  if (isCdrom(drive) && !isCloudInitDrive(drive)) throw failure("you can't move a cdrom");
  storageNamed(scope.host, move.storage);
  const format = /\.(raw|qcow2|vmdk)$/.exec(drive.file)?.[1];
  if (source === move.storage && (move.format === undefined || format === undefined || format === move.format)) {
    throw failure("you can't move to the same storage with same format");
  }
  if (move.isSourceDeleted && isSnapshotted(scope, draft, drive.file)) {
    throw failure("you can't move a disk with snapshots and delete the source");
  }
  return { draft, drive };
}

/** Whether a snapshot of the guest has the volume. */
function isSnapshotted(scope: GuestScope, draft: GuestDraft, volid: string): boolean {
  return snapshotNames(draft.sections).some((name) =>
    disksOf(scope.host.facts, snapshotOf(draft.sections, name) ?? new Map()).some(({ drive }) => drive.file === volid),
  );
}

function moveDisk(scope: GuestScope, move: Move): void {
  const { draft, drive } = checkMove(scope, move);
  const { key, storage, format } = move;
  if (isRunning(scope) && key === 'tpmstate0') throw failure('cannot move TPM state while VM is running');
  const isTold = behaviourOf(scope.host).logsVolumeSteps;
  const places = `from current storage '${storageOf(drive.file)}' to target storage '${storage}'`;
  if (isTold) scope.log(`copying volume '${drive.file}' ${places}`);
  if (isSnapshotted(scope, draft, drive.file)) scope.log('moving disk with snapshots, snapshots will not be moved!');
  try {
    const copy = copyDrive(scope, key, drive, { storage, ...(format === undefined ? {} : { format }) });
    draft.current.set(key, printDrive(copy));
  } catch (error) {
    if (error instanceof ApiError) throw failure(`storage migration failed: ${error.message}`);
    throw error;
  }
  // Without its old slot the source is unused, unless it goes.
  if (!move.isSourceDeleted) registerUnused(scope, draft, drive);
  if (draft.current.get('template') === '1') makeBases(scope, draft, key);
  writeDraft(scope, draft);
  if (!move.isSourceDeleted) return;
  if (isTold) scope.log(`removing source volume '${drive.file}' after successful copy`);
  freeVolume(scope, drive.file);
}
