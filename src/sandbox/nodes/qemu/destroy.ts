import { failure } from '../../api-error.ts';
import type { Call, Endpoint, TaskContext } from '../../host.ts';
import { isDriveKey } from './config-key.ts';
import { isCdrom, isCloudInitDrive, parseDrive } from './drive.ts';
import {
  checkLock,
  checkProtection,
  checkSkipLock,
  type GuestScope,
  isRunning,
  loadDraft,
  loadGuest,
  scopeOf,
} from './guest.ts';
import { snapshotNames, snapshotOf } from './snapshot-section.ts';
import { ownerOf } from './storage-access.ts';
import { freeVolume } from './unused-volume.ts';
import { checkBaseUnused } from './volume-feature.ts';

/** `DELETE /nodes/{node}/qemu/{vmid}`: destroys a guest and its volumes (qemu-server: PVE/API2/Qemu.pm, destroy_vm). */
export const destroyEndpoint: Endpoint = {
  method: 'DELETE',
  path: '/nodes/{node}/qemu/{vmid}',
  handle(call) {
    const scope = scopeOf(call);
    const { host, vmid } = scope;
    const skipLock = checkSkipLock(call);
    const isPurged = call.params['purge'] === 1;
    checkProtection(loadDraft(scope), `can't remove VM ${vmid}`);
    if (host.ha.has(`vm:${vmid}`) && !isPurged) {
      throw failure(`unable to remove VM ${vmid} - used in HA resources and purge parameter not set.`);
    }
    checkStopped(scope);
    return host.tasks.start({
      node: scope.node,
      type: 'qmdestroy',
      id: String(vmid),
      user: scope.user,
      run: (task) => destroy(call, scope, skipLock, task),
    });
  },
};

function checkStopped(scope: GuestScope): void {
  if (isRunning(scope)) throw failure(`VM ${scope.vmid} is running - destroy failed`);
}

function destroy(call: Call, scope: GuestScope, skipLock: boolean, task: TaskContext): void {
  const { host, node, vmid } = scope;
  const draft = loadDraft(scope);
  checkStopped(scope);
  // What is suspended to disk goes with its state (qemu-server: PVE/QemuServer.pm, destroy_vm).
  if (!skipLock && draft.current.get('lock') !== 'suspended') checkLock(draft);
  const volumes = ownedVolumes(scope);
  for (const volid of volumes) checkBaseUnused(scope, volid);
  host.guests.write(vmid, node, { current: { lock: 'destroyed' }, pending: {}, pendingDelete: {}, sections: {} });
  for (const volid of volumes) freeVolume(scope, volid);
  if (call.params['destroy-unreferenced-disks'] === 1) {
    for (const { id, content } of host.storages) {
      if (!content.includes('images')) continue;
      for (const volume of host.volumes.list(id, node)) if (volume.vmid === vmid) freeVolume(scope, volume.volid);
    }
  }
  forget(scope);
  if (call.params['purge'] === 1) {
    task.log(`purging VM ${vmid} from related configurations..`);
    if (host.ha.delete(`vm:${vmid}`)) task.log(`NOTE: removed VM ${vmid} from HA resource configuration.`);
  }
  host.guests.remove(vmid);
  host.save();
}

/** Pools and access rules never outlive their guest, purged or not (pve-access-control: remove_vm_access). */
function forget(scope: GuestScope): void {
  const { access } = scope.host;
  for (const pool of access.pools.values()) pool.vms.delete(scope.vmid);
  for (let index = access.acl.length - 1; index >= 0; index -= 1) {
    if (access.acl[index]?.path === `/vms/${scope.vmid}`) access.acl.splice(index, 1);
  }
}

function ownedVolumes(scope: GuestScope): ReadonlySet<string> {
  const { config } = loadGuest(scope);
  const volumes = new Set<string>();
  // Of snapshots only the memory is a volume of their own; their disks are the guest's, attached or unused.
  const states = snapshotNames(config.sections).map((name) => snapshotOf(config.sections, name)?.get('vmstate'));
  for (const volid of states) if (volid !== undefined && ownerOf(volid) === scope.vmid) volumes.add(volid);
  for (const [key, text] of [...Object.entries(config.current), ...Object.entries(config.pending)]) {
    if (!isDriveKey(key) && !/^unused\d+$/.test(key) && key !== 'vmstate') continue;
    const drive = parseDrive(scope.host.facts, key === 'vmstate' ? 'unused0' : key, text);
    if (drive === undefined || (isCdrom(drive) && !isCloudInitDrive(drive))) continue;
    if (ownerOf(drive.file) === scope.vmid) volumes.add(drive.file);
  }
  return volumes;
}
