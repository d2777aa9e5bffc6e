import type { Address } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import {
  type ApplyEvent,
  type ApplyEventBody,
  type Counts,
  type ErrorInfo,
  EVENT_FORMAT_VERSION,
  type StepOutcome,
  type StepRef,
} from '../core/event.ts';
import { isGuestPlan, type Plan, type ResourcePlan } from '../core/plan.ts';
import { redact } from '../core/redact.ts';
import type { Step } from '../core/step.ts';
import type { PveClient } from '../pve/reader.ts';
import { executeStep } from './execute-step.ts';
import { createGuestSession } from './guest-session.ts';
import { type SecretSource, wantedSecrets } from './placeholders.ts';
import { runOrdered } from './schedule.ts';

/** How to carry a plan out. */
export interface ApplyOptions {
  readonly plan: Plan;
  readonly pve: PveClient;
  readonly clock: Clock;
  readonly onEvent: (event: ApplyEvent) => void;
  /** When it is aborted, running steps are finished and no new ones begin. */
  readonly signal?: AbortSignal;
  /** How many resources are worked on at a time; 4 where it is not said. */
  readonly parallelism?: number;
  /** The secrets that the plan's steps send; none where it is not said. */
  readonly secrets?: SecretSource;
}

/** What a run came to. */
export interface ApplyResult {
  readonly outcome: 'ok' | 'failed' | 'cancelled';
  /** Whether anything was written, or may have been. */
  readonly wrote: boolean;
  readonly counts: Counts;
  readonly errors: readonly ErrorInfo[];
}

const PARALLELISM = 4;

function infoOf(error: unknown, clean: (text: string) => string): ErrorInfo {
  if (error instanceof PvevmError) {
    const parameters = Object.entries(error.parameters).map(([name, message]) => `${name}: ${message.trim()}`);
    return {
      code: error.code,
      message: clean(error.message),
      hints: error.hints.map(clean),
      details: [...parameters, ...error.details].map(clean),
    };
  }
  return {
    code: 'INTERNAL',
    message: error instanceof Error ? clean(error.message) : 'an unknown failure',
    hints: [],
    details: [],
  };
}

interface Run {
  readonly options: ApplyOptions;
  readonly emit: (body: ApplyEventBody) => void;
  readonly counts: { done: number; failed: number; skipped: number };
  readonly errors: ErrorInfo[];
  readonly secrets: SecretSource;
  /** The ids of the guests that the run has made or changed. */
  readonly vmids: Map<Address, number>;
  /** A text of the server without what it was sent in secret. */
  readonly clean: (text: string) => string;
  wrote: boolean;
}

function refOf(resource: ResourcePlan, step: Step, index: number): StepRef {
  return { resource: resource.address, step: step.id, title: step.title, index: index + 1, of: resource.steps.length };
}

async function runResource(resource: ResourcePlan, run: Run): Promise<StepOutcome> {
  const { pve, clock, signal } = run.options;
  const session = isGuestPlan(resource) ? createGuestSession(resource, pve, clock) : undefined;
  let outcome: StepOutcome = 'ok';
  for (const [index, step] of resource.steps.entries()) {
    const ref = refOf(resource, step, index);
    if (outcome !== 'ok' || signal?.aborted === true) {
      outcome = outcome === 'ok' ? 'skipped' : outcome;
      run.counts.skipped += 1;
      run.emit({ type: 'step.finished', ...ref, outcome: 'skipped', durationMs: 0, warnings: [] });
      continue;
    }
    const start = clock.now();
    run.emit({ type: 'step.started', ...ref });
    try {
      const onProgress = (runningMs: number, line?: string): void =>
        run.emit({
          type: 'step.progress',
          ...ref,
          runningMs: Math.round(runningMs),
          ...(line === undefined ? {} : { line: run.clean(line) }),
        });
      const onWrite = (): void => {
        run.wrote = true;
      };
      const { secrets } = run;
      const vmidOf = (address: Address): number | undefined => run.vmids.get(address);
      const context = { plan: resource, session, pve, clock, secrets, vmidOf, onWrite, onProgress };
      const warnings = (await executeStep(step, context)).map(run.clean);
      run.counts.done += 1;
      run.emit({ type: 'step.finished', ...ref, outcome: 'ok', durationMs: Math.round(clock.now() - start), warnings });
    } catch (error) {
      outcome = 'failed';
      const info = infoOf(error, run.clean);
      run.counts.failed += 1;
      run.errors.push(info);
      run.emit({
        type: 'step.finished',
        ...ref,
        outcome: 'failed',
        durationMs: Math.round(clock.now() - start),
        warnings: [],
        error: info,
      });
    }
  }
  if (session !== undefined) run.vmids.set(resource.address, session.vmid);
  const created = resource.action === 'create' && (session === undefined ? outcome === 'ok' : session.exists);
  run.emit({
    type: 'resource.finished',
    resource: resource.address,
    outcome,
    node: session?.node ?? resource.node,
    vmid: session?.vmid ?? null,
    created,
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

/** Works through resources, each after those that it depends on; the dependents of one that failed are skipped. */
async function runResources(resources: readonly ResourcePlan[], limit: number, run: Run): Promise<void> {
  const byAddress = new Map(resources.map((resource) => [resource.address, resource]));
  // Why a resource did not come to its state, in the words of what waits for it.
  const reasons = new Map<Address, string>();
  const work = async (resource: ResourcePlan): Promise<void> => {
    const { address, dependsOn, steps } = resource;
    const reason = dependsOn.map((other) => reasons.get(other)).find((one) => one !== undefined);
    if (reason !== undefined) {
      skipResource(resource, reason, run);
      reasons.set(address, reason);
    } else if (steps.length > 0) {
      const outcome = await runResource(resource, run);
      if (outcome !== 'ok') reasons.set(address, `${address} ${outcome === 'failed' ? 'failed' : 'was not done'}`);
    }
  };
  await runOrdered(resources, limit, work, {
    after: ({ dependsOn }) => dependsOn.flatMap((other) => byAddress.get(other) ?? []),
  });
}

/**
 * Carries a plan out: the steps of a resource in their order, resources side by side unless one depends on another. After
 * a failure the later steps of that resource and its dependents are skipped and the other resources go on. Never throws for a step: the result and the events say
 * what became of each.
 */
export async function applyPlan(options: ApplyOptions): Promise<ApplyResult> {
  const { plan, clock, signal } = options;
  const start = clock.now();
  let seq = 0;
  const emit = (body: ApplyEventBody): void => {
    seq += 1;
    options.onEvent({ seq, elapsedMs: Math.round(clock.now() - start), ...body });
  };
  const work = plan.resources.filter((resource) => resource.steps.length > 0);
  const { secrets = () => undefined } = options;
  const sent = wantedSecrets(plan).flatMap(({ address, path }) => secrets(address, path) ?? []);
  const clean = (text: string): string => redact(text, sent);
  const counts = { done: 0, failed: 0, skipped: 0 };
  const run: Run = { options, emit, counts, errors: [], secrets, vmids: new Map(), clean, wrote: false };
  emit({
    type: 'run.started',
    formatVersion: EVENT_FORMAT_VERSION,
    resources: work.length,
    steps: work.reduce((sum, resource) => sum + resource.steps.length, 0),
  });
  await runResources(plan.resources, options.parallelism ?? PARALLELISM, run);
  const outcome =
    run.counts.failed > 0 ? 'failed' : signal?.aborted === true && run.counts.skipped > 0 ? 'cancelled' : 'ok';
  emit({ type: 'run.finished', outcome, counts: run.counts, wrote: run.wrote });
  return { outcome, wrote: run.wrote, counts: run.counts, errors: run.errors };
}
