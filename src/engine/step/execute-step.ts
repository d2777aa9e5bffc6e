import type { Address } from '../../core/address.ts';
import type { Clock } from '../../core/clock.ts';
import { PvevmError } from '../../core/error.ts';
import { type GuestPlan, isGuestPlan, type ResourcePlan } from '../../core/plan.ts';
import type { Step, StepRequest } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { Pending } from '../../pve/cluster-rows.ts';
import type { PveClient, PveReader } from '../../pve/reader.ts';
import type { TaskWatch } from '../../pve/task-watch.ts';
import { classifyFailedWrite } from '../recovery/classify.ts';
import type { GuestLooks } from '../recovery/guest-looks.ts';
import { createPatience, type Patience } from '../recovery/patience.ts';
import { createPatientReader } from '../recovery/patient-reader.ts';
import { type Prepared, sendSurely } from '../recovery/send-surely.ts';
import { explainFailure, type FailedWrite } from './explain-failure.ts';
import { fillUntil } from './fill-until.ts';
import type { GuestSession, Waiting } from './guest-session.ts';
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
  readonly onProgress: (runningMs: number, line?: string, waitingFor?: string) => void;
  /** The looks at the guests of the cluster that the run's creates share. */
  readonly looks: GuestLooks;
  /** The tasks that the run waits for at the same time. */
  readonly tasks: TaskWatch;
  /** Says that the step keeps nothing busy any more, though it goes on. */
  readonly release: () => void;
  /** From 0 to 1: how far waits differ from each other. */
  readonly random: () => number;
  /** Where it is aborted, a step that has sent nothing yet waits no longer. */
  readonly signal?: AbortSignal;
}

/** What running a step of a guest needs. */
type GuestContext = StepContext & { readonly plan: GuestPlan; readonly session: GuestSession };

function isOfGuest(context: StepContext): context is GuestContext {
  return context.session !== undefined && isGuestPlan(context.plan);
}

const POWER_POLL_MS = 500;

// A lock is worth a minute, however quick the step itself is.
const SHORTEST_PATIENCE_MS = 60_000;

async function requirePower(step: Step, { plan, session }: GuestContext, reader: PveReader): Promise<void> {
  if (step.expects?.power === undefined) return;
  const { status } = await createClusterView(reader).guestStatus(session.node, session.vmid);
  if (status === step.expects.power) return;
  throw new PvevmError('STALE', `cannot ${step.title}: guest ${session.vmid} is ${status} by now`, {
    hints: [
      `Look at guest ${session.vmid} on ${plan.node}, and run the command again: it plans from what is there now.`,
    ],
  });
}

/** Checks what a write rests on, just before it, and fills its placeholders in. */
async function prepare(
  step: Step,
  request: StepRequest,
  context: GuestContext,
  { reader, patience }: Waiting,
): Promise<Prepared> {
  const { session, plan } = context;
  const config = await session.check(step.expects?.lock, { reader, patience });
  const { digest } = config;
  requireVolumes(step, config, plan);
  await requirePower(step, context, reader);
  const volumeOf = (key: string): string | undefined => volumeIn(config, key);
  const textOf = (key: string): string | undefined => textIn(config, key);
  const bindings = { vmid: session.vmid, vmidChosen: plan.vmidChosen, volumeOf, textOf };
  const listed = await requireList(step, plan, session.vmid, reader);
  const planned = fillRequest(request, wantsDigest(request) ? { ...bindings, digest: listed ?? digest } : bindings);
  // The planned digest is of before a lock went; what the check did not mind is in the one that was read after it.
  const isOfBefore = planned.params['digest'] === plan.digest && plan.digest !== null && digest !== plan.digest;
  const filled = isOfBefore ? { ...planned, params: { ...planned.params, digest } } : planned;
  session.touch(filled);
  return { request: filled, before: config };
}

/** Sends a step's request, and waits for its task. Gives the warnings. */
async function sendRequest(
  step: Step,
  request: StepRequest,
  context: StepContext,
  patience: Patience,
  onRead: (before: Pending) => void,
): Promise<readonly string[]> {
  const { session, plan, pve, clock, onProgress, tasks, looks, release } = context;
  const reader = createPatientReader(pve, patience);
  const node = /^\/nodes\/([^/]+)\//.exec(request.path)?.[1] ?? session?.node ?? plan.node;
  const known = session?.tasks ?? new Set<string>();
  const sending = { step, pve, reader, clock, patience, node, vmid: session?.vmid, known, onProgress, tasks };
  if (!isOfGuest(context)) return await sendSurely(async () => ({ request, before: undefined }), sending);
  if (!context.session.exists) {
    await requireSource(step, reader);
    return await sendCreate(request, context.plan, context.session, { ...sending, looks, release }, context.vmidOf);
  }
  return await sendSurely(async () => {
    const prepared = await prepare(step, request, context, { reader, patience });
    if (prepared.before !== undefined) onRead(prepared.before);
    return prepared;
  }, sending);
}

/**
 * Whether a failed write may have changed something: its outcome is unknown, or Proxmox VE wrote a part before it failed
 * (a hotplug problem leaves the value pending). What it refuses, and a create that fails, leave nothing behind.
 */
function mayHaveWritten(error: unknown, request: StepRequest, creating: boolean): boolean {
  if (!(error instanceof PvevmError)) return true;
  if (error.code === 'UNKNOWN_OUTCOME') return true;
  if (error.code === 'CONNECT' || error.code === 'TIMEOUT') return classifyFailedWrite(error) !== 'not-sent';
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

/** Waits for what a step without a request waits for: an interrupt ends that at once, as nothing is on its way. */
async function waitOnly(step: Step, context: GuestContext): Promise<void> {
  const { session, pve, onProgress, signal } = context;
  const clock: Clock = { ...context.clock, sleep: (milliseconds) => context.clock.sleep(milliseconds, signal) };
  try {
    if (step.await.for === 'agent') await waitForAgent(step, session, pve, clock, onProgress);
    else await waitForPower(step, { ...context, clock });
  } catch (error) {
    if (signal?.aborted === true) throw stopped();
    throw await explainFailure(error, step, undefined, session, pve);
  }
}

function stopped(): PvevmError {
  return new PvevmError('INTERRUPTED', 'interrupted');
}

/**
 * Runs one step: reads the guest just before the write, fills the placeholders in, sends the request and waits for what
 * the step waits for. It knows nothing of kinds. Returns the task's warnings; throws what went wrong.
 */
export async function executeStep(step: Step, context: StepContext): Promise<readonly string[]> {
  const { session, pve } = context;
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
  const { clock, random, signal } = context;
  const start = clock.now();
  const patience = createPatience({
    ...{ clock, random, limitMs: Math.max(step.await.timeoutMs, SHORTEST_PATIENCE_MS) },
    onWaiting: (_waitedMs, waitingFor) => context.onProgress(clock.now() - start, undefined, waitingFor),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const move = session !== undefined && step.await.for === 'node' ? await beforeMove(session, pve) : undefined;
    const warnings = await sendRequest(step, request, context, patience, onRead);
    if (session !== undefined && move !== undefined)
      await waitForNode(step, move, session, pve, clock, context.onProgress);
    if (session !== undefined) session.exists = true;
    context.onWrite();
    return warnings;
  } catch (error) {
    if (patience.isUnsure || mayHaveWritten(error, request, creating)) context.onWrite();
    throw await explainFailure(error, step, write, session, pve);
  }
}
