import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import type { ResourcePlan } from '../core/plan.ts';
import type { Step, StepRequest } from '../core/step.ts';
import { createClusterView } from '../pve/cluster.ts';
import type { PveClient } from '../pve/reader.ts';
import { waitForTask } from '../pve/task.ts';
import { parseUpid } from '../pve/upid.ts';
import type { GuestSession } from './guest-session.ts';
import { fillRequest, wantsDigest } from './placeholders.ts';
import { sendCreate } from './send-create.ts';

/** What running a step needs besides the step. */
export interface StepContext {
  readonly plan: ResourcePlan;
  readonly session: GuestSession;
  readonly pve: PveClient;
  readonly clock: Clock;
  /** Called when a write was done, or may have been. */
  readonly onWrite: () => void;
  readonly onProgress: (runningMs: number, line?: string) => void;
}

const POWER_POLL_MS = 500;

function send(pve: PveClient, request: StepRequest): Promise<unknown> {
  const options = { params: request.params };
  if (request.method === 'POST') return pve.post(request.path, options);
  return request.method === 'PUT' ? pve.put(request.path, options) : pve.delete(request.path, options);
}

async function requirePower(step: Step, { plan, session, pve }: StepContext): Promise<void> {
  if (step.expects === undefined) return;
  const { status } = await createClusterView(pve).guestStatus(session.node, session.vmid);
  if (status === step.expects.power) return;
  throw new PvevmError('STALE', `cannot ${step.title}: guest ${session.vmid} is ${status} by now`, {
    hints: [
      `Look at guest ${session.vmid} on ${plan.node}, and run the command again: it plans from what is there now.`,
    ],
  });
}

async function sendRequest(step: Step, request: StepRequest, context: StepContext): Promise<unknown> {
  const { session, plan, pve, clock } = context;
  if (!session.exists) return await sendCreate(request, plan, session, pve, clock);
  const { digest } = await session.check();
  await requirePower(step, context);
  const bindings = { vmid: session.vmid, vmidChosen: plan.vmidChosen };
  const planned = fillRequest(request, wantsDigest(request) ? { ...bindings, digest } : bindings);
  // The planned digest is of before a lock went; what the check did not mind is in the one that was read after it.
  const isOfBefore = planned.params['digest'] === plan.digest && plan.digest !== null && digest !== plan.digest;
  const filled = isOfBefore ? { ...planned, params: { ...planned.params, digest } } : planned;
  session.touch(filled);
  return await send(pve, filled);
}

/**
 * Whether a failed write may have changed something: its outcome is unknown, or Proxmox VE wrote a part before it failed
 * (a hotplug problem leaves the value pending). What it refuses, and a create that fails, leave nothing behind.
 */
function mayHaveWritten(error: unknown, request: StepRequest, creating: boolean): boolean {
  if (!(error instanceof PvevmError)) return true;
  if (error.code === 'CONNECT' || error.code === 'TIMEOUT') return true;
  if (error.code === 'TASK_FAILED') return !creating;
  // A config write is done key by key, and an error in one key leaves those before it (qemu-server: PVE/API2/Qemu.pm).
  if (error.code === 'PVE_ERROR') return error.status === 599 || request.path.endsWith('/config');
  return Object.values(error.parameters).some((message) => message.includes('hotplug problem'));
}

async function waitForPower(step: Step, context: StepContext): Promise<void> {
  const { session, pve, clock } = context;
  const wanted = step.await.state ?? 'running';
  const start = clock.now();
  for (;;) {
    const { status } = await createClusterView(pve).guestStatus(session.node, session.vmid);
    if (status === wanted) return;
    const runningMs = clock.now() - start;
    if (runningMs >= step.await.timeoutMs) {
      throw new PvevmError(
        'TIMEOUT',
        `guest ${session.vmid} is ${status} after ${Math.round(runningMs / 1000)} s, and not ${wanted}`,
      );
    }
    context.onProgress(runningMs);
    await clock.sleep(POWER_POLL_MS);
  }
}

/**
 * Runs one step: reads the guest just before the write, fills the placeholders in, sends the request and waits for what
 * the step waits for. It knows nothing of kinds. Returns the task's warnings; throws what went wrong.
 */
export async function executeStep(step: Step, context: StepContext): Promise<readonly string[]> {
  const { session, pve, clock } = context;
  if (step.request === undefined) {
    await waitForPower(step, context);
    return [];
  }
  const creating = !session.exists;
  try {
    const answer = await sendRequest(step, step.request, context);
    const { warnings } =
      parseUpid(answer) === undefined
        ? { warnings: [] }
        : await waitForTask(pve, answer as string, {
            clock,
            timeoutMs: step.await.timeoutMs,
            onProgress: context.onProgress,
          });
    session.exists = true;
    context.onWrite();
    return warnings;
  } catch (error) {
    if (mayHaveWritten(error, step.request, creating)) context.onWrite();
    throw error;
  }
}
