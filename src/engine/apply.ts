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
import type { Plan, ResourcePlan } from '../core/plan.ts';
import { redact } from '../core/redact.ts';
import type { Step } from '../core/step.ts';
import type { PveClient } from '../pve/reader.ts';
import { executeStep } from './execute-step.ts';
import { createGuestSession } from './guest-session.ts';
import { runLimited } from './schedule.ts';

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

function infoOf(error: unknown): ErrorInfo {
  if (error instanceof PvevmError) {
    const parameters = Object.entries(error.parameters).map(([name, message]) => `${name}: ${message.trim()}`);
    return {
      code: error.code,
      message: redact(error.message),
      hints: error.hints,
      details: [...parameters, ...error.details].map((line) => redact(line)),
    };
  }
  return {
    code: 'INTERNAL',
    message: error instanceof Error ? redact(error.message) : 'an unknown failure',
    hints: [],
    details: [],
  };
}

interface Run {
  readonly options: ApplyOptions;
  readonly emit: (body: ApplyEventBody) => void;
  readonly counts: { done: number; failed: number; skipped: number };
  readonly errors: ErrorInfo[];
  wrote: boolean;
}

function refOf(resource: ResourcePlan, step: Step, index: number): StepRef {
  return { resource: resource.address, step: step.id, title: step.title, index: index + 1, of: resource.steps.length };
}

async function runResource(resource: ResourcePlan, run: Run): Promise<void> {
  const { pve, clock, signal } = run.options;
  const session = createGuestSession(resource, pve, clock);
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
          ...(line === undefined ? {} : { line }),
        });
      const onWrite = (): void => {
        run.wrote = true;
      };
      const warnings = await executeStep(step, { plan: resource, session, pve, clock, onWrite, onProgress });
      run.counts.done += 1;
      run.emit({ type: 'step.finished', ...ref, outcome: 'ok', durationMs: Math.round(clock.now() - start), warnings });
    } catch (error) {
      outcome = 'failed';
      const info = infoOf(error);
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
  const created = resource.action === 'create' && session.exists;
  run.emit({
    type: 'resource.finished',
    resource: resource.address,
    outcome,
    node: resource.node,
    vmid: session.vmid,
    created,
  });
}

/**
 * Carries a plan out: the steps of a resource in their order, resources side by side. After a failure the later steps
 * of that resource are skipped and the other resources go on. Never throws for a step: the result and the events say
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
  const run: Run = { options, emit, counts: { done: 0, failed: 0, skipped: 0 }, errors: [], wrote: false };
  emit({
    type: 'run.started',
    formatVersion: EVENT_FORMAT_VERSION,
    resources: work.length,
    steps: work.reduce((sum, resource) => sum + resource.steps.length, 0),
  });
  await runLimited(work, options.parallelism ?? PARALLELISM, (resource) => runResource(resource, run));
  const outcome =
    run.counts.failed > 0 ? 'failed' : signal?.aborted === true && run.counts.skipped > 0 ? 'cancelled' : 'ok';
  emit({ type: 'run.finished', outcome, counts: run.counts, wrote: run.wrote });
  return { outcome, wrote: run.wrote, counts: run.counts, errors: run.errors };
}
