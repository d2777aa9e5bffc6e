import type { AuthUser } from '../../host.ts';
import type { SandboxState } from '../../house.ts';
import { powerTask } from '../../nodes/qemu/power.ts';
import { failedServices, wantedState } from './service-state.ts';

/** What keeps the power of guests as their HA resources ask. */
export interface HaManager {
  /** To be called whenever something may have changed. */
  poke(): void;
  stop(): void;
}

const ROOT: AuthUser = { id: 'root@pam', isRoot: true };
const DEFAULT_RESTARTS = 1;

/**
 * The HA manager: a resource that is to be started starts its guest, one that is to be stopped shuts it down, each by a
 * task of root@pam. After `max_restart` vain starts the resource is in error until it is asked for another state
 * (pve-ha-manager: PVE/HA/Manager.pm). There are no groups, no rules, no moves to other nodes and no fencing.
 */
export function createHaManager(host: SandboxState): HaManager {
  const starts = new Map<string, number>();
  let isPoked = false;
  let isStopped = false;

  const enforce = (): void => {
    isPoked = false;
    if (isStopped) return;
    for (const sid of failedServices(host)) if (wantedState(host, sid) !== 'started') failedServices(host).delete(sid);
    for (const { sid, type, options } of host.ha.values()) {
      const vmid = Number(sid.slice(type.length + 1));
      const entry = type === 'vm' ? host.guests.get(vmid) : undefined;
      const wanted = wantedState(host, sid);
      if (entry === undefined || wanted === 'ignored' || host.tasks.isBusy(String(vmid))) continue;
      if (host.nodes.get(entry.node)?.online !== true) continue;
      const isRunning = host.guests.startedAt(vmid) !== undefined;
      if (isRunning === (wanted === 'started')) {
        starts.delete(sid);
        continue;
      }
      if (wanted === 'started') {
        const tried = starts.get(sid) ?? 0;
        if (tried > Number(options['max_restart'] ?? DEFAULT_RESTARTS)) failedServices(host).add(sid);
        if (failedServices(host).has(sid)) continue;
        starts.set(sid, tried + 1);
      } else starts.delete(sid);
      const scope = { host, user: ROOT, node: entry.node, vmid, require: () => undefined, log: () => undefined };
      powerTask(scope, wanted === 'started' ? 'qmstart' : 'qmshutdown');
    }
  };

  return {
    poke() {
      if (isPoked || isStopped) return;
      isPoked = true;
      // Not at once: the call that changed something may be about to act on the guest itself.
      setImmediate(enforce);
    },
    stop() {
      isStopped = true;
    },
  };
}
