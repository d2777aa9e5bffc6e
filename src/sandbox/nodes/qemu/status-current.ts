import type { JsonObject } from '../../../core/json.ts';
import { parsePropertyString } from '../../../pve/codecs/property-string.ts';
import { behaviourOf } from '../../behaviour.ts';
import type { Endpoint, SandboxHost } from '../../host.ts';
import { configFormat, withPlainBooleans } from './config-key.ts';
import { type GuestScope, loadGuest, scopeOf } from './guest.ts';
import { guestStatus } from './guest-status.ts';
import { runningMachine } from './machine.ts';
import { isPaused } from './power.ts';
import { haResource } from './status.ts';

/** `GET …/status/current`: whether the guest runs, and with what (qemu-server: PVE/API2/Qemu.pm, vm_status). */
export const statusCurrentEndpoint: Endpoint = {
  method: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/status/current',
  handle(call) {
    const { host } = call;
    const scope = scopeOf(call);
    const entry = loadGuest(scope);
    const { agent, vga, machine } = entry.config.current;
    const isRunning = host.guests.startedAt(entry.vmid) !== undefined;
    return {
      ...guestStatus(host, entry),
      qmpstatus: isRunning ? (isPaused(scope) ? 'paused' : 'running') : 'stopped',
      ha: haOf(scope),
      ...(agent !== undefined && isAgentEnabled(host, agent) ? { agent: 1 } : {}),
      ...(/^(?:type=)?qxl|virtio/.test(vga ?? '') ? { spice: 1 } : {}),
      ...(isRunning
        ? { 'running-machine': runningMachine(host, machine), 'running-qemu': behaviourOf(host).qemu }
        : {}),
    };
  },
};

/** What HA says of the guest; one that it ignores is not managed (pve-ha-manager: PVE/HA/Config.pm, get_service_status). */
function haOf(scope: GuestScope): JsonObject {
  const resource = haResource(scope);
  if (resource === undefined) return { managed: 0 };
  const { state = 'started', group = null } = resource.options;
  return { managed: 1, state, ...(behaviourOf(scope.host).hasHaRules ? {} : { group }) };
}

/** Whether a value of `agent` turns the agent on. */
export function isAgentEnabled(host: SandboxHost, agent: string): boolean {
  const format = configFormat(host.facts, 'agent');
  return withPlainBooleans(parsePropertyString(agent, format), format)['enabled'] === '1';
}
