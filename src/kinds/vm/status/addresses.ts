import { PvevmError } from '../../../core/error.ts';
import { interfacesIn, isReachable, macIn, type SeenInterface } from '../../../pve/agent-interfaces.ts';
import type { GuestAddress, LiveState, ObjectStatus, Observation, StatusContext } from '../../kind.ts';
import { storedParts } from '../live.ts';
import { holds } from '../preflight/privileges.ts';

// Proxmox VE itself waits up to 3 s for an agent that says nothing (qemu-server: PVE/QemuServer/Agent.pm, qga_check_running).
const AGENT_MS = 4000;

/** Whether the agent is on in a guest, as it runs now. */
function isAgentOn(live: LiveState): boolean {
  const text = live.current.get('agent');
  const enabled = text === undefined ? undefined : storedParts('agent', text)?.['enabled'];
  return enabled !== undefined && /^(1|yes|on|true)$/i.test(enabled);
}

/** Addresses that others can reach, those of the guest's own network devices first, IPv4 before IPv6. */
function addressesOf(seen: readonly SeenInterface[], live: LiveState): readonly GuestAddress[] {
  const devices = new Map<string, string>();
  for (const [key, text] of live.current) {
    const mac = /^net\d+$/.test(key) ? macIn(text) : undefined;
    if (mac !== undefined) devices.set(mac, key);
  }
  const found = seen.flatMap(({ name, mac, addresses }) =>
    addresses
      .filter(isReachable)
      .map((address): GuestAddress => ({ address, interface: name, device: devices.get(mac) ?? null })),
  );
  const rank = ({ address, device }: GuestAddress): number =>
    (device === null ? 2 : 0) + (address.includes(':') ? 1 : 0);
  return [...found].sort((left, right) => rank(left) - rank(right));
}

/**
 * The addresses that the agent in a running guest shows; nothing where it is off. An agent that says nothing is waited
 * for no longer than a few seconds. What it needs is VM.Monitor before 9.0 (qemu-server: PVE/API2/Qemu/Agent.pm).
 */
export async function askAgent(
  pool: unknown,
  { node, vmid }: Pick<Observation, 'node' | 'vmid'>,
  live: LiveState,
  context: StatusContext,
): Promise<Pick<ObjectStatus, 'agent' | 'addresses' | 'notes'>> {
  if (!live.running || !isAgentOn(live)) return {};
  const { release } = await context.cluster.version();
  const privilege = Number.parseInt(release, 10) >= 9 ? 'VM.GuestAgent.Audit|VM.GuestAgent.Unrestricted' : 'VM.Monitor';
  const refused = (): Pick<ObjectStatus, 'agent' | 'notes'> => ({
    agent: 'refused',
    notes: [
      {
        severity: 'note',
        code: 'PERMISSION',
        summary: 'addresses are not shown',
        detail: `Asking the agents in guests for their addresses needs ${privilege.replace('|', ' or ')} on /vms, which ${context.user} does not hold.`,
      },
    ],
  });
  if (!(await holds(context, `/vms/${vmid}`, pool, privilege))) return refused();
  try {
    const answer = await context.pve.get('/nodes/{node}/qemu/{vmid}/agent/network-get-interfaces', {
      path: { node, vmid },
      signal: AbortSignal.timeout(AGENT_MS),
    });
    return { agent: 'answers', addresses: addressesOf(interfacesIn(answer), live) };
  } catch (error) {
    if (!(error instanceof PvevmError)) throw error;
    return error.code === 'PERMISSION' ? refused() : { agent: 'silent' };
  }
}
