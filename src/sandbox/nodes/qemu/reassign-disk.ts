import { failure, parameterFailure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { Call } from '../../host.ts';
import { parseBootOrder, printBootOrder } from './boot-order.ts';
import { isDriveKey } from './config-key.ts';
import { type Drive, isCdrom, isCloudInitDrive, parseDrive, printDrive } from './drive.ts';
import { checkLock, flatten, type GuestScope, isRunning, loadDraft, loadGuest, scopeOf, writeDraft } from './guest.ts';
import { disksOf } from './guest-drives.ts';
import { snapshotNames, snapshotOf } from './snapshot-section.ts';
import { updateConfig } from './update-config.ts';
import { volumeHasFeature } from './volume-feature.ts';

/** The slot that a disk goes to. */
export interface ReassignTarget {
  readonly vmid: number;
  readonly key: string;
}

/**
 * Checks that a disk can go to another guest and says where it goes, and the id of the task (qemu-server:
 * PVE/API2/Qemu.pm, move_vm_disk). Throws what the real call answers at once.
 */
export function checkReassign(call: Call, scope: GuestScope): { readonly target: ReassignTarget; readonly id: string } {
  const { params, host } = call;
  const key = String(params['disk']);
  const target: ReassignTarget = {
    vmid: Number(params['target-vmid']),
    key: typeof params['target-disk'] === 'string' ? params['target-disk'] : key,
  };
  scope.require(`/vms/${target.vmid}`, ['VM.Config.Disk']);
  if (target.vmid === scope.vmid) {
    throw parameterFailure({ 'target-vmid': 'must be different than source VMID to reassign disk' });
  }
  if (host.guests.get(scope.vmid) === undefined) throw failure(`could not find VM ${scope.vmid}`);
  const other = host.guests.get(target.vmid);
  if (other === undefined) throw failure(`could not find target VM ${target.vmid}`);
  if (other.node !== scope.node) {
    throw failure(`Both VMs need to be on the same node (${scope.node} != ${other.node})`);
  }
  checkedDrive(scope, key, target, call);
  return { target, id: `${scope.vmid}-${key}>${target.vmid}-${target.key}` };
}

function checkedDrive(scope: GuestScope, key: string, target: ReassignTarget, { params }: Call): Drive {
  const there: GuestScope = { ...scope, vmid: target.vmid };
  const [source, other] = [loadDraft(scope), loadDraft(there)];
  checkLock(source);
  checkLock(other);
  if (source.current.get('template') === '1' || other.current.get('template') === '1') {
    throw failure("Can't move disks from or to template VMs");
  }
  checkGuestDigest(scope, params['digest']);
  checkGuestDigest(there, params['target-digest']);
  const text = source.current.get(key);
  if (text === undefined) throw failure(`Disk '${key}' for VM '${scope.vmid}' does not exist`);
  if (other.current.has(target.key)) {
    throw failure(`Target disk key '${target.key}' is already in use for VM '${target.vmid}'`);
  }
  const drive = parseDrive(scope.host.facts, key, text);
  if (drive === undefined) throw failure(`disk '${key}' has no associated volume`);
  if (isCdrom(drive) && !isCloudInitDrive(drive)) throw failure("CD drive contents can't be moved to another VM");
  const isSnapshotted = snapshotNames(source.sections).some((name) =>
    disksOf(scope.host.facts, snapshotOf(source.sections, name) ?? new Map()).some(
      (slot) => slot.drive.file === drive.file,
    ),
  );
  if (isSnapshotted) throw failure("Can't move disk used by a snapshot to another VM");
  if (!volumeHasFeature(scope, drive.file, 'rename')) {
    throw failure('Storage does not support moving of this disk to another VM');
  }
  if (isRunning(scope) && !key.startsWith('unused')) {
    throw failure('Cannot move disk to another VM while the source VM is running - detach first');
  }
  return drive;
}

function checkGuestDigest(scope: GuestScope, digest: unknown): void {
  if (typeof digest !== 'string' || digest === '' || digest === loadGuest(scope).digest) return;
  throw failure(`VM ${scope.vmid}: detected modified configuration - file changed by other user? Try again.`);
}

/** Takes the disk from its guest, renames its volume, and sets it at the other guest as an update of its config. */
export function reassign(scope: GuestScope, target: ReassignTarget, call: Call): void {
  const key = String(call.params['disk']);
  const drive = checkedDrive(scope, key, target, call);
  const isTold = behaviourOf(scope.host).logsVolumeSteps;
  scope.log(
    isTold
      ? `reassign disk '${key}' from VM '${scope.vmid}' as '${target.key}' to VM '${target.vmid}'`
      : `moving disk '${key}' from VM '${scope.vmid}' to '${target.vmid}'`,
  );
  const draft = loadDraft(scope);
  const order = parseBootOrder(draft.current.get('boot'));
  if (order.includes(key)) {
    scope.log(`removing disk '${key}' from boot order config`);
    draft.current.set('boot', printBootOrder(order.filter((device) => device !== key)));
  }
  scope.log(`removing disk '${key}' from VM '${scope.vmid}' config`);
  draft.current.delete(key);
  writeDraft(scope, draft);
  const { volid } = scope.host.volumes.reassign(drive.file, scope.node, target.vmid);
  const text = printDrive({ ...drive, file: volid });
  const there: GuestScope = { ...scopeOf(call), vmid: target.vmid, log: scope.log };
  if (isDriveKey(target.key)) {
    scope.log(`update VM ${target.vmid}: -${target.key} ${text}`);
    const errors = updateConfig(there, { settings: { [target.key]: text }, deleted: [], isForced: false });
    if (Object.keys(errors).length > 0) throw flatten(parameterFailure(errors));
    return;
  }
  const other = loadDraft(there);
  other.current.set(target.key, volid);
  writeDraft(there, other);
}
