import type { Diagnostic, Range } from '../../core/diagnostic.ts';
import type { ResourceStatus } from '../../engine/status.ts';
import type { GuestOutput } from './guest-output.ts';

function reasonOf({ state, agent }: ResourceStatus): string {
  if (state !== 'running') return `It is ${state}. Start it, or write power: running.`;
  if (agent === null)
    return 'Its guest agent is off: addresses are known from the agent alone. Write system.agent: true, and install the agent in the guest.';
  if (agent === 'refused') return 'The token may not ask the agent in it; pvevm doctor names the privilege.';
  if (agent === 'silent')
    return 'The agent in it does not answer: it is not installed, or not started yet. --wait waits for it.';
  return 'Its agent shows none that others can reach. --wait waits for one.';
}

/**
 * What is said of a guest that does not exist or whose address is not known; nothing of one that can be reached, nor of one
 * of which it could not be told: that was said already.
 */
export function missingOutput(
  { address, host, state }: GuestOutput,
  status: ResourceStatus,
  range: Range,
): readonly Diagnostic[] {
  if (host !== null || state === 'unknown') return [];
  const base = { severity: 'error', code: 'MISSING', range, address } as const;
  if (state === 'absent') {
    const detail = `${address} was not created yet; pvevm apply creates it.`;
    return [{ ...base, summary: 'the guest does not exist', detail }];
  }
  const detail = `No address of ${address} is known. ${reasonOf(status)}`;
  return [{ ...base, summary: 'the guest has no known address', detail }];
}
