import type { Json } from '../../../core/json.ts';
import { failure } from '../../api-error.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { AuthUser } from '../../host.ts';
import type { HouseCall, HouseEndpoint, SandboxState } from '../../house.ts';
import { migrationTask } from '../../nodes/qemu/migrate-task.ts';
import { failedServices } from './service-state.ts';

const ROOT: AuthUser = { id: 'root@pam', isRoot: true };

/** `migrate` and `relocate` of a resource: queued for the manager (pve-ha-manager: PVE/API2/HA/Resources.pm). */
export const haMoveEndpoints: readonly HouseEndpoint[] = [
  { method: 'POST', path: '/cluster/ha/resources/{sid}/migrate', handle: (call) => move(call, true) },
  { method: 'POST', path: '/cluster/ha/resources/{sid}/relocate', handle: (call) => move(call, false) },
];

function move({ host, params }: HouseCall, isOnline: boolean): Json {
  const given = String(params['sid']);
  const sid = /^\d+$/.test(given) ? `vm:${given}` : given;
  const node = String(params['node']);
  if (!host.ha.has(sid)) throw failure(`resource '${sid}' is not HA managed`);
  if (failedServices(host).has(sid)) {
    throw failure(`service '${sid}' in error state, must be disabled and fixed first`);
  }
  setImmediate(() => perform(host, Number(sid.slice(sid.indexOf(':') + 1)), node, isOnline));
  return behaviourOf(host).hasHaRules ? { sid, 'requested-node': node } : null;
}

/**
 * The manager moves a guest to a node that is there and is not its own, and drops other commands (PVE/HA/Manager.pm). A
 * guest that is relocated is stopped first; the manager starts it again where it is to run.
 */
function perform(host: SandboxState, vmid: number, target: string, isOnline: boolean): void {
  const entry = host.guests.get(vmid);
  if (entry === undefined || entry.node === target || host.nodes.get(target)?.online !== true) return;
  if (!isOnline) host.guests.setStartedAt(vmid, undefined);
  migrationTask(
    { host, user: ROOT, node: entry.node, vmid, require: () => undefined, log: () => undefined },
    { target, withLocalDisks: true, storages: (storage) => storage },
  );
}
