import type { Address } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import {
  type ApplyEvent,
  type ApplyEventBody,
  type Counts,
  type ErrorInfo,
  EVENT_FORMAT_VERSION,
  type StepOutcome,
  type StepRef,
} from '../core/event.ts';
import type { Plan, ResourcePlan } from '../core/plan.ts';
import { redact } from '../core/redact.ts';
import type { PveClient } from '../pve/reader.ts';
import { createTaskWatch } from '../pve/task-watch.ts';
import { createGuestLooks } from './recovery/guest-looks.ts';
import type { Replan } from './replan/plan-anew.ts';
import { type Rollback, rollBack } from './rollback/roll-back.ts';
import { createLoads, type LoadLimits, USUAL_LIMITS } from './run/loads.ts';
import type { Run } from './run/run.ts';
import { refOf, runSteps } from './run/run-resource.ts';
import { runOrdered } from './run/schedule.ts';
import { type SecretSource, wantedSecrets } from './step/placeholders.ts';

/** How to carry a plan out. */
export interface ApplyOptions {
  readonly plan: Plan;
  readonly pve: PveClient;
  readonly clock: Clock;
  readonly onEvent: (event: ApplyEvent) => void;
  /** The client that a step sends with, where it is to be another one than `pve`: one that records what it sends. */
  readonly clientOf?: (step: StepRef) => PveClient;
  /** When it is aborted, running steps are finished and no new ones begin. */
  readonly signal?: AbortSignal;
  /** How many resources are worked on at a time; 10 where it is not said. */
  readonly parallelism?: number;
  /** How many steps may keep a node, or a storage, busy at a time; 4 and 2 where it is not said. */
  readonly limits?: LoadLimits;
  /** The secrets that the plan's steps send; none where it is not said. */
  readonly secrets?: SecretSource;
  /** From 0 to 1, as `Math.random`, which it is unless given: how far waits differ from each other. */
  readonly random?: () => number;
  /** Plans a guest anew that turns out to be otherwise than planned; such a guest fails where it is not given. */
  readonly replan?: Replan | undefined;
  /** What was allowed, as `--allow` has it: nothing else is done by a plan that was made anew. */
  readonly allowed?: ReadonlySet<string>;
  /** Whether nothing new begins after the first failure; the other resources go on unless it is said. */
  readonly failFast?: boolean;
  /** Plans the removal of what the run has created, for the case that it fails; that stays where it is not given. */
  readonly rollback?: Rollback | undefined;
}

/** What a run came to. */
export interface ApplyResult {
  readonly outcome: 'ok' | 'failed' | 'cancelled';
  /** Whether anything was written, or may have been. */
  readonly wrote: boolean;
  /** Of the plan's steps; those that take back what was made are not counted. */
  readonly counts: Counts;
  readonly errors: readonly ErrorInfo[];
}

// As OpenTofu has it; what is heavy is bounded by node and by storage.
const PARALLELISM = 10;

/** Runs a resource, and says what became of it. */
async function runResource(resource: ResourcePlan, run: Run): Promise<StepOutcome> {
  const { outcome, session, reason } = await runSteps(resource, run);
  if (session !== undefined) run.vmids.set(resource.address, session.vmid);
  const created = resource.action === 'create' && (session === undefined ? outcome === 'ok' : session.exists);
  run.emit({
    type: 'resource.finished',
    resource: resource.address,
    outcome,
    node: session?.node ?? resource.node,
    vmid: session?.vmid ?? null,
    created,
    ...(reason === undefined ? {} : { reason }),
  });
  return outcome;
}

/** Leaves a resource out, since one that it depends on did not come to its state. */
function skipResource(resource: ResourcePlan, reason: string, run: Run): StepOutcome {
  for (const [index, step] of resource.steps.entries()) {
    run.counts.skipped += 1;
    const ref = refOf(resource, step, index);
    run.emit({ type: 'step.finished', ...ref, outcome: 'skipped', durationMs: 0, warnings: [], reason });
  }
  const { address, node, vmid } = resource;
  const finished = { resource: address, outcome: 'skipped', node, vmid, created: false, reason } as const;
  if (resource.steps.length > 0) run.emit({ type: 'resource.finished', ...finished });
  return 'skipped';
}

/**
 * Works through resources, each after those that it depends on; the dependents of one that failed are skipped. Gives those
 * that came to their state.
 */
async function runResources(
  resources: readonly ResourcePlan[],
  limit: number,
  run: Run,
): Promise<ReadonlySet<Address>> {
  const byAddress = new Map(resources.map((resource) => [resource.address, resource]));
  // Why a resource did not come to its state, in the words of what waits for it.
  const reasons = new Map<Address, string>();
  const work = async (resource: ResourcePlan): Promise<void> => {
    const { address, dependsOn, steps } = resource;
    const reason = dependsOn.map((other) => reasons.get(other)).find((one) => one !== undefined);
    if (reason !== undefined) {
      skipResource(resource, reason, run);
      reasons.set(address, reason);
    } else if (steps.length > 0 && run.signal?.aborted === true && run.whyStopped() !== undefined) {
      skipResource(resource, run.whyStopped() ?? '', run);
      reasons.set(address, `${address} was not done`);
    } else if (steps.length > 0) {
      const outcome = await runResource(resource, run);
      if (outcome !== 'ok') reasons.set(address, `${address} ${outcome === 'failed' ? 'failed' : 'was not done'}`);
    }
  };
  await runOrdered(resources, limit, work, {
    after: ({ dependsOn }) => dependsOn.flatMap((other) => byAddress.get(other) ?? []),
  });
  return new Set(resources.map(({ address }) => address).filter((address) => !reasons.has(address)));
}

/** The signal by which a run stops: somebody's, and its own after the first failure. */
function stopOf({ signal, failFast }: ApplyOptions): Pick<Run, 'signal' | 'whyStopped' | 'onFailure'> {
  const own = new AbortController();
  let why: string | undefined;
  const onFailure = (address: Address): void => {
    if (failFast !== true || own.signal.aborted) return;
    why = `${address} failed (--fail-fast)`;
    own.abort();
  };
  const whyStopped = (): string | undefined => (signal?.aborted === true ? undefined : why);
  if (failFast !== true) return { signal, whyStopped, onFailure };
  return { signal: signal === undefined ? own.signal : AbortSignal.any([signal, own.signal]), whyStopped, onFailure };
}

/**
 * Carries a plan out: the steps of a resource in their order, resources side by side unless one depends on another. After
 * a failure the later steps of that resource and its dependents are skipped and the other resources go on, unless the run
 * is to fail fast; what it has created is taken back then where that is asked for. Never throws for a step: the result and
 * the events say what became of each.
 */
export async function applyPlan(options: ApplyOptions): Promise<ApplyResult> {
  const { plan, clock, signal, parallelism = PARALLELISM } = options;
  const start = clock.now();
  let seq = 0;
  let wrote = false;
  // What was sent in secret, also by a plan that was made anew on the way.
  const sent = new Set<string>();
  const { secrets = () => undefined } = options;
  const hide = (resources: readonly ResourcePlan[]): void => {
    for (const { address, path } of wantedSecrets({ resources })) {
      const secret = secrets(address, path);
      if (secret !== undefined) sent.add(secret);
    }
  };
  hide(plan.resources);
  const emit = (body: ApplyEventBody): void => {
    seq += 1;
    if (body.type === 'resource.replanned') hide([body.plan]);
    options.onEvent({ seq, elapsedMs: Math.round(clock.now() - start), ...body });
  };
  const work = plan.resources.filter((resource) => resource.steps.length > 0);
  const run: Run = {
    ...{ options, emit, secrets, errors: [], vmids: new Map(), created: new Map() },
    counts: { done: 0, failed: 0, skipped: 0 },
    loads: createLoads({ ...USUAL_LIMITS, ...options.limits }),
    ...{ looks: createGuestLooks(clock), tasks: createTaskWatch(clock) },
    clean: (text) => redact(text, sent),
    ...stopOf(options),
    onWrite: () => {
      wrote = true;
    },
  };
  emit({
    type: 'run.started',
    formatVersion: EVENT_FORMAT_VERSION,
    resources: work.length,
    steps: work.reduce((sum, resource) => sum + resource.steps.length, 0),
  });
  const done = await runResources(plan.resources, parallelism, run);
  const { counts, errors } = run;
  const isCancelled = signal?.aborted === true && counts.skipped > 0;
  const outcome = counts.failed > 0 ? 'failed' : isCancelled ? 'cancelled' : 'ok';
  // Its own signal has done its work; somebody's still stops it.
  if (outcome === 'failed') await rollBack({ ...run, signal, whyStopped: () => undefined }, done, parallelism);
  emit({ type: 'run.finished', outcome, counts, wrote });
  return { outcome, wrote, counts, errors };
}
