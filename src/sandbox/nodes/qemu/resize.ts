import { failure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { Endpoint } from '../../host.ts';
import { isCdrom, parseDiskSize, parseDrive, printDiskSize, printDrive, storageOf, withOptions } from './drive.ts';
import {
  checkDigest,
  checkLock,
  checkSkipLock,
  type GuestScope,
  isRunning,
  loadDraft,
  scopeOf,
  writeDraft,
} from './guest.ts';
import { guestTask } from './guest-task.ts';

/** `PUT …/resize`: makes a disk larger, with every check in the task (qemu-server: PVE/API2/Qemu.pm, resize_vm). */
export const resizeEndpoint: Endpoint = {
  method: 'PUT',
  path: '/nodes/{node}/qemu/{vmid}/resize',
  handle(call) {
    const scope = scopeOf(call);
    const skipLock = checkSkipLock(call);
    const run = (logged: GuestScope): void => {
      const draft = loadDraft(logged);
      checkDigest(logged, call.params['digest']);
      if (!skipLock) checkLock(draft);
      resize(logged, String(call.params['disk']), String(call.params['size']));
    };
    if (behaviourOf(scope.host).resizesInTask) return guestTask(call, 'resize', run);
    run(scope);
    return null;
  },
};

function resize(scope: GuestScope, key: string, size: string): void {
  const { volumes, facts } = scope.host;
  const draft = loadDraft(scope);
  const text = draft.current.get(key);
  const drive = text === undefined ? undefined : parseDrive(facts, key, text);
  if (drive === undefined) throw failure(`disk '${key}' does not exist`);
  if (isCdrom(drive)) throw failure("you can't resize a cdrom");
  const storage = storageOf(drive.file);
  if (storage === undefined) throw failure(`disk '${key}' has no associated volume`);
  scope.require(`/storage/${storage}`, ['Datastore.AllocateSpace']);
  const volume = volumes.find(drive.file, scope.node);
  if (volume === undefined) throw failure(`volume '${drive.file}' does not exist`);
  const given = parseDiskSize(size.replace(/^\+/, '')) ?? 0;
  const wanted = size.startsWith('+') ? volume.size + given : given;
  if (wanted < volume.size) throw failure('shrinking disks is not supported');
  if (wanted === volume.size) return;
  volumes.resize(drive.file, scope.node, wanted);
  if (!isRunning(scope)) scope.log('Image resized.');
  draft.current.set(key, printDrive(withOptions(drive, { size: printDiskSize(wanted) })));
  writeDraft(scope, draft);
}
