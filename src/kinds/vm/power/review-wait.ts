import type { Diagnostic } from '../../../core/diagnostic.ts';
import { type Resource, rangeOf } from '../../../core/resource.ts';
import type { LiveState, Observation, PlanContext } from '../../kind.ts';
import { storedParts } from '../live.ts';
import { holds } from '../preflight/privileges.ts';
import { waitForOf } from './wait-for.ts';

/** Whether a guest's agent is on by what it will be started with. */
export function hasAgent({ desired, live }: Observation): boolean {
  const managed = desired.find(({ key, sub }) => key === 'agent' && sub === 'enabled');
  if (managed !== undefined) return managed.value === true;
  return isAgentOn(live);
}

function isAgentOn(live: LiveState | undefined): boolean {
  const text = live?.pending.get('agent');
  const enabled = text === undefined ? undefined : storedParts('agent', text)?.['enabled'];
  return enabled !== undefined && /^(1|yes|on|true)$/i.test(enabled);
}

function hasInterface({ desired, live }: Observation, key: string): boolean {
  const device = desired.find((managed) => managed.key === key && managed.sub === undefined);
  return device === undefined
    ? live?.pending.has(key) === true || desired.some((one) => one.key === key)
    : device.value !== undefined;
}

/**
 * What stands in the way of waiting for the guest agent: that it is off, a network interface that is not there, and the
 * privilege to ask it (VM.Monitor before 9.0; qemu-server: PVE/API2/Qemu/Agent.pm).
 */
export async function waitProblems(
  resource: Resource,
  observation: Observation,
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const wanted = waitForOf(resource);
  if (wanted === undefined) return [];
  const { vmid } = observation;
  const base = { severity: 'error', address: resource.address } as const;
  const found: Diagnostic[] = [];
  if (!hasAgent(observation)) {
    const detail = `waitFor asks the guest agent, which is off in guest ${vmid}. Write system.agent: true, or leave waitFor out.`;
    found.push({
      ...base,
      code: 'IMPOSSIBLE',
      summary: 'the guest agent is off',
      detail,
      range: rangeOf(resource, '/waitFor'),
      pointer: '/waitFor',
    });
  }
  const { address } = wanted;
  if (address !== undefined && !hasInterface(observation, address)) {
    const detail = `waitFor.address is ${address}, and guest ${vmid} has no such network interface. Write one that it has.`;
    const pointer = '/waitFor/address';
    found.push({
      ...base,
      code: 'SPEC_INVALID',
      summary: 'there is no such network interface',
      detail,
      range: rangeOf(resource, pointer),
      pointer,
    });
  }
  const { release } = await context.cluster.version();
  const privilege = Number.parseInt(release, 10) >= 9 ? 'VM.GuestAgent.Audit|VM.GuestAgent.Unrestricted' : 'VM.Monitor';
  const pool = resource.spec['pool'];
  if (!(await holds(context, `/vms/${vmid}`, pool, privilege))) {
    const named = privilege.replace('|', ' or ');
    const detail = `waitFor needs ${named} on /vms/${vmid}, which ${context.user} does not hold. Give it a role with that privilege on /vms, or leave waitFor out.`;
    found.push({
      ...base,
      code: 'PERMISSION',
      summary: 'a privilege is missing',
      detail,
      range: rangeOf(resource, '/waitFor'),
      pointer: '/waitFor',
    });
  }
  return found;
}
