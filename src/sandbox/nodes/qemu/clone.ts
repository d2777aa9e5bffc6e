import { ApiError, failure, permissionFailure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { Call, Endpoint } from '../../host.ts';
import { type ClonePlan, type CloneRequest, planClone } from './clone-plan.ts';
import { copyDrive, linkDrive } from './copy-volume.ts';
import { closeDraft } from './draft.ts';
import { printDrive } from './drive.ts';
import { type GuestScope, loadGuest, scopeOf } from './guest.ts';
import { guestTask } from './guest-task.ts';
import { freeVolume } from './unused-volume.ts';

/** `POST …/clone`: makes a guest from another one or from a template (qemu-server: PVE/API2/Qemu.pm, clone_vm). */
export const cloneEndpoint: Endpoint = {
  method: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/clone',
  handle(call) {
    const scope = scopeOf(call);
    const { host, node } = scope;
    const pool = textIn(call, 'pool');
    if (pool !== undefined && !host.access.pools.has(pool)) throw permissionFailure(`pool '${pool}' does not exist`);
    const request = requestIn(call, node);
    const plan = planClone(scope, request);
    // The id is taken at once, with a lock, until the task is done.
    host.guests.write(request.newid, node, {
      current: { lock: 'clone' },
      ...{ pending: {}, pendingDelete: {}, sections: {} },
    });
    return guestTask(call, 'qmclone', (logged) => clone(logged, request, plan, pool));
  },
};

function textIn(call: Call, name: string): string | undefined {
  const value = call.params[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function requestIn(call: Call, node: string): CloneRequest {
  const full = call.params['full'];
  const target = textIn(call, 'target');
  return {
    newid: Number(call.params['newid']),
    name: textIn(call, 'name'),
    description: textIn(call, 'description'),
    snapshot: textIn(call, 'snapname'),
    isFull: full === undefined ? undefined : full === 1,
    storage: textIn(call, 'storage'),
    format: textIn(call, 'format'),
    target: target === node ? undefined : target,
  };
}

function clone(source: GuestScope, request: CloneRequest, plan: ClonePlan, pool: string | undefined): void {
  const { host, node } = source;
  const { newid, target } = request;
  const scope: GuestScope = { ...source, vmid: newid };
  const made: string[] = [];
  try {
    loadGuest(source);
    if (behaviourOf(host).logsVolumeSteps) scope.log(`creating a clone of VM ${source.vmid} with ID ${newid}`);
    const values = new Map(plan.values);
    for (const { key, drive, isFull } of plan.drives) {
      const { storage, format } = request;
      const where = { ...(storage === undefined ? {} : { storage }), ...(format === undefined ? {} : { format }) };
      const copy = isFull ? copyDrive(scope, key, drive, where) : linkDrive(scope, key, drive);
      made.push(copy.file);
      values.set(key, printDrive(copy));
    }
    if (plan.dropped.length > 0) {
      scope.log(`found pending changes for '${plan.dropped.join(',')}', discarding for clone`);
    }
    const draft = { current: values, pending: new Map(), pendingDelete: new Map(), sections: {} };
    host.guests.write(newid, node, closeDraft(host.facts, draft));
    host.guests.copyFirewall(source.vmid, newid);
    if (target !== undefined) host.guests.move(newid, target);
  } catch (error) {
    for (const volid of made) freeVolume(scope, volid);
    host.guests.remove(newid);
    if (error instanceof ApiError) throw failure(`clone failed: ${error.message}`);
    throw error;
  }
  if (pool === undefined) return;
  host.access.pools.get(pool)?.vms.add(newid);
  host.save();
}
