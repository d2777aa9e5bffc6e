import type { Address } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import { type GuestPlan, isGuestPlan, type ResourcePlan } from '../core/plan.ts';
import type { Step, StepRequest } from '../core/step.ts';
import { createClusterView } from '../pve/cluster.ts';
import type { Pending } from '../pve/cluster-rows.ts';
import type { PveClient } from '../pve/reader.ts';
import { waitForTask } from '../pve/task.ts';
import { parseUpid } from '../pve/upid.ts';
import { explainFailure, type FailedWrite } from './explain-failure.ts';
import { fillUntil } from './fill-until.ts';
import type { GuestSession } from './guest-session.ts';
import { fillRequest, fillSecrets, type SecretSource, wantsDigest } from './placeholders.ts';
import { requireList } from './require-list.ts';
import { requireSource } from './require-source.ts';
import { requireVolumes, textIn, volumeIn } from './require-volumes.ts';
import { sendCreate } from './send-create.ts';
import { waitForAgent } from './wait-for-agent.ts';
import { beforeMove, waitForNode } from './wait-for-node.ts';

/** What running a step needs besides the step. */
export interface StepContext {
  readonly plan: ResourcePlan;
  /** Undefined for what is no guest: its requests are sent as they are planned. */
  readonly session: GuestSession | undefined;
  readonly pve: PveClient;
  readonly clock: Clock;
  readonly secrets: SecretSource;
  /** The id of a guest that the run has made before. */
  readonly vmidOf: (address: Address) => number | undefined;
  /** Called when a write was done, or may have been. */
  readonly onWrite: () => void;
  readonly onProgress: (runningMs: number, line?: string) => void;
}

/** What running a step of a guest needs. */
type GuestContext = StepContext & { readonly plan: GuestPlan; readonly session: GuestSession };

function isOfGuest(context: StepContext): context is GuestContext {
  return context.session !== undefined && isGuestPlan(context.plan);
}

const POWER_POLL_MS = 500;

function send(pve: PveClient, request: StepRequest): Promise<unknown> {
  const options = { params: request.params };
  if (request.method === 'POST') return pve.post(request.path, options);
  return request.method === 'PUT' ? pve.put(request.path, options) : pve.delete(request.path, options);
}

async function requirePower(step: Step, { plan, session, pve }: GuestContext): Promise<void> {
  if (step.expects?.power === undefined) return;
  const { status } = await createClusterView(pve).guestStatus(session.node, session.vmid);
  if (status === step.expects.power) return;
  throw new PvevmError('STALE', `cannot ${step.title}: guest ${session.vmid} is ${status} by now`, {
    hints: [
      `Look at guest ${session.vmid} on ${plan.node}, and run the command again: it plans from what is there now.`,
    ],
  });
}

async function sendRequest(
  step: Step,
  request: StepRequest,
  context: GuestContext,
  onRead: (before: Pending) => void,
): Promise<unknown> {
  const { session, plan, pve, clock, vmidOf } = context;
  if (!session.exists) {
    await requireSource(step, pve);
    return await sendCreate(request, plan, session, pve, clock, vmidOf);
  }
  const config = await session.check(step.expects?.lock);
  const { digest } = config;
  requireVolumes(step, config, plan);
  await requirePower(step, context);
  const volumeOf = (key: string): string | undefined => volumeIn(config, key);
  const textOf = (key: string): string | undefined => textIn(config, key);
  const bindings = { vmid: session.vmid, vmidChosen: plan.vmidChosen, volumeOf, textOf };
  const listed = await requireList(step, plan, session.vmid, pve);
  const planned = fillRequest(request, wantsDigest(request) ? { ...bindings, digest: listed ?? digest } : bindings);
  // The planned digest is of before a lock went; what the check did not mind is in the one that was read after it.
  const isOfBefore = planned.params['digest'] === plan.digest && plan.digest !== null && digest !== plan.digest;
  const filled = isOfBefore ? { ...planned, params: { ...planned.params, digest } } : planned;
  session.touch(filled);
  onRead(config);
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

async function waitForPower(step: Step, context: GuestContext): Promise<void> {
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

async function waitOnly(step: Step, context: GuestContext): Promise<void> {
  const { session, pve, clock, onProgress } = context;
  try {
    if (step.await.for === 'agent') await waitForAgent(step, session, pve, clock, onProgress);
    else await waitForPower(step, context);
  } catch (error) {
    throw await explainFailure(error, step, undefined, session, pve);
  }
}

/**
 * Runs one step: reads the guest just before the write, fills the placeholders in, sends the request and waits for what
 * the step waits for. It knows nothing of kinds. Returns the task's warnings; throws what went wrong.
 */
export async function executeStep(step: Step, context: StepContext): Promise<readonly string[]> {
  const { session, pve, clock } = context;
  if (step.request === undefined) {
    if (isOfGuest(context)) await waitOnly(step, context);
    return [];
  }
  const request = await fillUntil(fillSecrets(step.request, context.plan.address, context.secrets), pve);
  const creating = session?.exists !== true;
  let write: FailedWrite | undefined;
  const onRead = (before: Pending): void => {
    write = { before, request };
  };
  try {
    const move = session !== undefined && step.await.for === 'node' ? await beforeMove(session, pve) : undefined;
    const answer = isOfGuest(context) ? await sendRequest(step, request, context, onRead) : await send(pve, request);
    const { warnings } =
      parseUpid(answer) === undefined
        ? { warnings: [] }
        : await waitForTask(pve, answer as string, {
            clock,
            timeoutMs: step.await.timeoutMs,
            onProgress: context.onProgress,
          });
    if (session !== undefined && move !== undefined)
      await waitForNode(step, move, session, pve, clock, context.onProgress);
    if (session !== undefined) session.exists = true;
    context.onWrite();
    return warnings;
  } catch (error) {
    if (mayHaveWritten(error, request, creating)) context.onWrite();
    throw await explainFailure(error, step, write, session, pve);
  }
}
