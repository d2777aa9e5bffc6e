import type { Address } from '../../core/address.ts';
import { PvevmError } from '../../core/error.ts';
import type { StepOutcome, StepRef } from '../../core/event.ts';
import { isGuestPlan, type ResourcePlan } from '../../core/plan.ts';
import type { Step } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import { removedMeanwhile } from '../recovery/removed-meanwhile.ts';
import { isWorthReplanning, nothingLeft, planAnew } from '../replan/plan-anew.ts';
import { executeStep } from '../step/execute-step.ts';
import { createGuestSession, type GuestSession } from '../step/guest-session.ts';
import { type Created, infoOf, type Run } from './run.ts';

/** What is being done with a resource: by its first plan, or by the one that has taken its place. */
interface Work {
  readonly plan: ResourcePlan;
  readonly session: GuestSession | undefined;
  readonly isAnew: boolean;
}

/** What became of a resource. */
export interface Worked {
  readonly outcome: StepOutcome;
  readonly session: GuestSession | undefined;
  /** Why it was not done, where no step of its own has failed. */
  readonly reason?: string;
}

function workOf(plan: ResourcePlan, before?: Work): Work {
  const session = isGuestPlan(plan) ? createGuestSession(plan) : undefined;
  for (const task of before?.session?.tasks ?? []) session?.tasks.add(task);
  return { plan, session, isAnew: before !== undefined };
}

/** How events name a step. */
export function refOf({ address, steps }: ResourcePlan, step: Step, index: number): StepRef {
  return { resource: address, step: step.id, title: step.title, index: index + 1, of: steps.length };
}

/** Looks at a guest that was just made, so that it is known again when it is to be taken back. */
async function remember(address: Address, { node, vmid }: GuestSession, run: Run): Promise<void> {
  if (run.options.rollback === undefined || run.created.has(address)) return;
  let config: Created['config'];
  try {
    config = await createClusterView(run.options.pve).pending(node, vmid);
  } catch (error) {
    if (!(error instanceof PvevmError)) throw error;
  }
  run.created.set(address, { vmid, node, config });
}

/** Runs one step; gives its warnings. */
async function runStep(step: Step, ref: StepRef, { plan, session }: Work, run: Run): Promise<readonly string[]> {
  const { clock, random = Math.random } = run.options;
  const { secrets, onWrite, signal, looks, tasks } = run;
  const wasThere = session?.exists === true;
  const start = clock.now();
  const onProgress = (_runningMs: number, line?: string, waitingFor?: string): void =>
    run.emit({
      type: 'step.progress',
      ...ref,
      runningMs: Math.round(clock.now() - start),
      ...(line === undefined ? {} : { line: run.clean(line) }),
      ...(waitingFor === undefined ? {} : { waitingFor: run.clean(waitingFor) }),
    });
  const vmidOf = (address: Address): number | undefined => run.vmids.get(address);
  const pve = run.options.clientOf?.(ref) ?? run.options.pve;
  const common = { plan, session, pve, clock, secrets, vmidOf, onWrite, onProgress, random, looks, tasks };
  const context = signal === undefined ? common : { ...common, signal };
  const turn = { onWait: (waitingFor: string) => onProgress(0, undefined, waitingFor) };
  const patient = signal === undefined ? turn : { ...turn, signal };
  const warnings = await run.loads.during(step.loads ?? [], patient, (release) =>
    executeStep(step, { ...context, release }),
  );
  if (session !== undefined && !wasThere && session.exists) await remember(plan.address, session, run);
  return warnings.map(run.clean);
}

/** Whether a step ended before it had sent anything, since nothing new is to begin. */
function isStopped(error: unknown, { signal }: Run): error is PvevmError {
  return error instanceof PvevmError && error.code === 'INTERRUPTED' && signal?.aborted === true;
}

/** The new plan by which a resource is gone on with after a failure; undefined where there is none. Throws as `planAnew` does. */
async function nextPlan(
  error: unknown,
  { plan, session, isAnew }: Work,
  index: number,
  run: Run,
): Promise<ResourcePlan | undefined> {
  const { replan, allowed = new Set<string>(), pve } = run.options;
  if (replan === undefined || run.signal?.aborted === true) return undefined;
  if (!isWorthReplanning(error) || session?.exists !== true || !isGuestPlan(plan)) return undefined;
  const interrupted = { plan, session, left: plan.steps.slice(index) };
  const replanning = { replan, allowed, pve };
  const made = isAnew
    ? await nothingLeft(error, interrupted, replanning)
    : await planAnew(error, interrupted, replanning);
  const reason = run.clean(error.message);
  for (const [at, step] of plan.steps.entries())
    if (at >= index)
      run.emit({
        type: 'step.finished',
        ...refOf(plan, step, at),
        outcome: 'replanned',
        durationMs: 0,
        warnings: [],
        reason,
      });
  run.emit({ type: 'resource.replanned', resource: plan.address, reason, plan: made });
  return made;
}

/**
 * Runs the steps of a resource in their order; after a failure the later ones are skipped. A guest that is otherwise than
 * planned is planned anew once, where the run can, and gone on with by that plan; a second time it fails, unless nothing is
 * left to do by then. Never throws for a step.
 */
export async function runSteps(resource: ResourcePlan, run: Run): Promise<Worked> {
  const { clock } = run.options;
  let work = workOf(resource);
  let outcome: StepOutcome = 'ok';
  let reason: string | undefined;
  for (let index = 0; index < work.plan.steps.length; index += 1) {
    const step = work.plan.steps[index] as Step;
    const ref = refOf(work.plan, step, index);
    if (outcome === 'ok' && run.signal?.aborted === true) {
      outcome = 'skipped';
      reason = run.whyStopped();
    }
    const why = reason === undefined ? {} : { reason };
    if (outcome !== 'ok') {
      run.counts.skipped += 1;
      run.emit({ type: 'step.finished', ...ref, outcome: 'skipped', durationMs: 0, warnings: [], ...why });
      continue;
    }
    const start = clock.now();
    const finished = { ...ref, type: 'step.finished' } as const;
    run.emit({ ...ref, type: 'step.started' });
    try {
      const warnings = await runStep(step, ref, work, run);
      run.counts.done += 1;
      run.emit({ ...finished, outcome: 'ok', durationMs: Math.round(clock.now() - start), warnings });
    } catch (error) {
      if (isStopped(error, run)) {
        outcome = 'skipped';
        reason = run.whyStopped();
        run.counts.skipped += 1;
        const durationMs = Math.round(clock.now() - start);
        run.emit({ ...finished, outcome, durationMs, warnings: [], reason: reason ?? run.clean(error.message) });
        continue;
      }
      let failure = error;
      let gone = await removedMeanwhile(error, step, work.plan, run.options.pve);
      try {
        const made = gone === undefined ? await nextPlan(error, work, index, run) : undefined;
        if (made !== undefined) {
          work = workOf(made, work);
          index = -1;
          continue;
        }
      } catch (refusal) {
        failure = refusal;
        gone = await removedMeanwhile(refusal, step, work.plan, run.options.pve);
      }
      if (gone !== undefined) {
        run.counts.done += 1;
        const warnings = gone.map(run.clean);
        run.emit({ ...finished, outcome: 'ok', durationMs: Math.round(clock.now() - start), warnings });
        continue;
      }
      const durationMs = Math.round(clock.now() - start);
      const info = infoOf(failure, run.clean);
      if (info.code === 'INTERRUPTED' && run.signal?.aborted === true) {
        outcome = 'skipped';
        reason = run.whyStopped() ?? info.message;
        run.counts.skipped += 1;
        run.emit({ ...finished, outcome, durationMs, warnings: [], reason });
        continue;
      }
      outcome = 'failed';
      run.counts.failed += 1;
      run.errors.push(info);
      run.onFailure(resource.address);
      run.emit({ ...finished, outcome, durationMs, warnings: [], error: info });
    }
  }
  return { outcome, session: work.session, ...(reason === undefined ? {} : { reason }) };
}
