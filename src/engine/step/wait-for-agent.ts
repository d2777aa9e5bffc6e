import type { Clock } from '../../core/clock.ts';
import { PvevmError } from '../../core/error.ts';
import type { Step } from '../../core/step.ts';
import { displayDuration } from '../../core/units.ts';
import { interfacesIn, isReachable, macIn, type SeenInterface } from '../../pve/agent-interfaces.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { PveReader } from '../../pve/reader.ts';
import type { GuestSession } from './guest-session.ts';

const POLL_MS = 2000;

function textOf({ name, mac, addresses }: SeenInterface): string {
  return `${name} (${mac}): ${addresses.length === 0 ? 'no address' : addresses.join(', ')}`;
}

/** What a look at the agent came to: the end of the wait, or what was seen in the meantime. */
type Look = 'done' | readonly string[];

async function look(pve: PveReader, { node, vmid }: GuestSession, mac: string | undefined): Promise<Look> {
  const path = { node, vmid };
  try {
    if (mac === undefined) {
      await pve.get('/nodes/{node}/qemu/{vmid}/agent/info', { path });
      return 'done';
    }
    const seen = interfacesIn(await pve.get('/nodes/{node}/qemu/{vmid}/agent/network-get-interfaces', { path }));
    const mine = seen.find((one) => one.mac === mac);
    return mine?.addresses.some(isReachable) === true ? 'done' : seen.map(textOf);
  } catch (error) {
    // An agent that is not up yet, or a connection that is lost for a moment; the rest does not change by waiting.
    const isPassing =
      error instanceof PvevmError &&
      (error.code === 'CONNECT' || error.code === 'TIMEOUT' || (error.status ?? 0) >= 500) &&
      !/No QEMU guest agent configured/.test(error.message);
    if (!isPassing) throw error;
    return [error.message];
  }
}

/**
 * Waits until the agent in a guest answers; or, where the step names a network interface, until the agent shows an address
 * on it that others can reach. Throws `TIMEOUT` with what was seen last, and what does not change by waiting.
 */
export async function waitForAgent(
  step: Step,
  session: GuestSession,
  pve: PveReader,
  clock: Clock,
  onProgress: (runningMs: number, line?: string) => void,
): Promise<void> {
  const { address, timeoutMs } = step.await;
  const { node, vmid } = session;
  const config = address === undefined ? undefined : await createClusterView(pve).pending(node, vmid);
  const mac = address === undefined ? undefined : macIn(String(config?.items.get(address)?.value ?? ''));
  if (address !== undefined && mac === undefined)
    throw new PvevmError('PVE_ERROR', `cannot ${step.title}: guest ${vmid} has no ${address}`);
  const start = clock.now();
  for (;;) {
    const seen = await look(pve, session, mac);
    if (seen === 'done') return;
    const runningMs = clock.now() - start;
    const left = timeoutMs - runningMs;
    if (left <= 0) {
      const what = address === undefined ? 'does not answer by its agent' : `shows no address on ${address} (${mac})`;
      throw new PvevmError('TIMEOUT', `guest ${vmid} ${what} after ${displayDuration(timeoutMs)}`, {
        details: seen.length === 0 ? ['The agent shows no network interface.'] : seen,
      });
    }
    onProgress(runningMs, seen[0]);
    await clock.sleep(Math.min(POLL_MS, left));
  }
}
