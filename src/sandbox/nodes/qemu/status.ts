import type { Json } from '../../../core/json.ts';
import { failure } from '../../api-error.ts';
import type { Call, Endpoint, HaResource } from '../../host.ts';
import { checkSkipLock, type GuestScope, isRunning, scopeOf } from './guest.ts';
import { isPaused, isSuspendedToDisk, type PowerTask, powerTask } from './power.ts';

/** The calls below `/nodes/{node}/qemu/{vmid}/status` that change a guest's power, each in a task. */
export const statusEndpoints: readonly Endpoint[] = [
  command('start', (call, scope) => {
    const skipLock = checkSkipLock(call);
    return haResource(scope) === undefined
      ? powerTask(scope, 'qmstart', skipLock)
      : haTask(scope, 'started', 'qmstart');
  }),
  command('stop', (call, scope) => {
    const skipLock = checkSkipLock(call);
    return haResource(scope) === undefined ? powerTask(scope, 'qmstop', skipLock) : haTask(scope, 'stopped', 'qmstop');
  }),
  command('shutdown', shutdown),
  command('reboot', (_call, scope) => powerOfRunning(scope, 'qmreboot', false)),
  command('reset', (call, scope) => powerOfRunning(scope, 'qmreset', checkSkipLock(call))),
  command('suspend', (call, scope) => {
    const type = call.params['todisk'] === 1 ? 'qmsuspend' : 'qmpause';
    return powerOfRunning(scope, type, checkSkipLock(call));
  }),
  command('resume', (call, scope) => powerOfRunning(scope, 'qmresume', checkSkipLock(call))),
];

function command(name: string, run: (call: Call, scope: GuestScope) => Json): Endpoint {
  return {
    method: 'POST',
    path: `/nodes/{node}/qemu/{vmid}/status/${name}`,
    handle: (call) => run(call, scopeOf(call)),
  };
}

function shutdown(call: Call, scope: GuestScope): Json {
  const skipLock = checkSkipLock(call);
  const isForced = call.params['forceStop'] === 1;
  if (isPaused(scope) && !isForced) throw failure('VM is paused - cannot shutdown');
  if (haResource(scope) !== undefined) return haTask(scope, 'stopped', 'qmshutdown');
  return powerTask(scope, 'qmshutdown', skipLock);
}

function powerOfRunning(scope: GuestScope, type: PowerTask, skipLock: boolean): Json {
  const isStarted = isRunning(scope) || (type === 'qmresume' && isSuspendedToDisk(scope));
  if (!isStarted) throw failure(`VM ${scope.vmid} not running`);
  return powerTask(scope, type, skipLock);
}

/** The guest's HA resource, unless HA is told to ignore it (pve-ha-manager: PVE/HA/Config.pm, vm_is_ha_managed). */
export function haResource(scope: GuestScope): HaResource | undefined {
  const resource = scope.host.ha.get(`vm:${scope.vmid}`);
  return resource?.options['state'] === 'ignored' ? undefined : resource;
}

/** Under HA the task only changes the wanted state; the HA manager, who is root@pam, then acts on the guest. */
function haTask(scope: GuestScope, state: 'started' | 'stopped', type: PowerTask): string {
  const { host, vmid } = scope;
  const verb = state === 'started' ? 'start' : 'stop';
  return host.tasks.start({
    node: scope.node,
    type: `ha${verb}`,
    id: String(vmid),
    user: scope.user,
    run(task) {
      task.log(`Requesting HA ${verb} for VM ${vmid}`);
      const resource = haResource(scope);
      if (resource === undefined) throw failure(`resource 'vm:${vmid}' is not managed by HA`);
      host.ha.set(resource.sid, { ...resource, options: { ...resource.options, state } });
      host.save();
      if (isRunning(scope) === (state === 'started')) return;
      powerTask({ ...scope, user: { id: 'root@pam', isRoot: true }, require: () => undefined }, type);
    },
  });
}
