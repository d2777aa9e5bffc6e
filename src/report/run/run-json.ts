import type { Address } from '../../core/address.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Counts, ErrorInfo, RollbackOutcome, StepEnd, StepOutcome } from '../../core/event.ts';
import type { ExitName } from '../../core/exit-code.ts';
import type { Plan, ResourcePlan } from '../../core/plan.ts';
import type { ApplyResult } from '../../engine/apply.ts';
import { type JsonExit, jsonExit } from '../plan/plan-json.ts';
import { countSteps, type RunRecord } from './run-summary.ts';

/** The version of the JSON form of a run; its first number changes when a reader of it could break. */
export const RUN_FORMAT_VERSION = '1.0';

/** What became of a step. */
export interface RunStep {
  readonly id: string;
  readonly resource: Address;
  readonly title: string;
  readonly outcome: StepEnd;
  readonly durationMs: number;
  readonly warnings: readonly string[];
  readonly error?: ErrorInfo;
  /** Why it was skipped, where that is another resource's doing. */
  readonly reason?: string;
}

/** What became of a resource. */
export interface RunResource {
  readonly address: Address;
  readonly outcome: StepOutcome;
  readonly node: string;
  /** Null for what is no guest. */
  readonly vmid: number | null;
  readonly created: boolean;
  readonly reason?: string;
  /** Where it was planned anew on the way: why, and that plan. */
  readonly replanned?: { readonly reason: string; readonly plan: ResourcePlan };
}

/** What became of something that a failed run had made, and was to take back. */
export interface RunRollback {
  readonly address: Address;
  readonly outcome: RollbackOutcome;
  readonly node: string;
  readonly vmid: number | null;
  readonly identity?: string;
  readonly reason?: string;
}

/** What a run came to. */
export interface RunResult {
  readonly outcome: ApplyResult['outcome'];
  /** Whether anything was written, or may have been. */
  readonly wrote: boolean;
  readonly counts: Counts;
  readonly durationMs: number;
  readonly resources: readonly RunResource[];
  /** In the order in which they ended. */
  readonly steps: readonly RunStep[];
  readonly errors: readonly ErrorInfo[];
  /** Where the run has failed and was to take back what it had made: what became of that, and by which steps. */
  readonly rollback?: { readonly resources: readonly RunRollback[]; readonly steps: readonly RunStep[] };
  /** Where a second signal has ended the run at once: the UPIDs of the tasks that go on. */
  readonly tasks?: readonly string[];
}

/** What `apply --json`, `destroy --json` and `reap --json` print once there is a plan. */
export interface RunJson {
  readonly formatVersion: typeof RUN_FORMAT_VERSION;
  readonly exit: JsonExit;
  readonly plan: Plan;
  /** Null where the plan was not carried out. */
  readonly result: RunResult | null;
  /** The effects that were not allowed, where that is why it was not carried out. */
  readonly diagnostics?: readonly Diagnostic[];
}

/** The JSON document of a plan that was carried out, or was not. */
export function runJson(
  plan: Plan,
  exit: ExitName,
  result: RunResult | null,
  diagnostics?: readonly Diagnostic[],
): RunJson {
  const refused = diagnostics === undefined ? {} : { diagnostics };
  return { formatVersion: RUN_FORMAT_VERSION, exit: jsonExit(exit), plan, result, ...refused };
}

function stepOf(event: RunRecord['steps'][number]): RunStep {
  const { step, resource, title, outcome, durationMs, warnings, error, reason } = event;
  return {
    ...{ id: step, resource, title, outcome, durationMs, warnings },
    ...(error === undefined ? {} : { error }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function rollbackOf({ rolledBack, rollbackSteps }: RunRecord): RunResult['rollback'] {
  if (rolledBack.size === 0) return undefined;
  const resources = [...rolledBack.values()].map(({ resource, outcome, node, vmid, identity, reason }) => ({
    ...{ address: resource, outcome, node, vmid },
    ...(identity === undefined ? {} : { identity }),
    ...(reason === undefined ? {} : { reason }),
  }));
  return { resources, steps: rollbackSteps.map(stepOf) };
}

/** What a run came to, with each of its steps, from its end and the record of its events. */
export function runResult({ outcome, wrote, counts, errors }: ApplyResult, record: RunRecord): RunResult {
  const resources = [...record.finished.values()].map(({ resource, outcome: became, node, vmid, created, reason }) => {
    const anew = record.replanned.get(resource);
    return {
      ...{ address: resource, outcome: became, node, vmid, created },
      ...(reason === undefined ? {} : { reason }),
      ...(anew === undefined ? {} : { replanned: { reason: anew.reason, plan: anew.plan } }),
    };
  });
  const steps = record.steps.map(stepOf);
  const rollback = rollbackOf(record);
  const taken = rollback === undefined ? {} : { rollback };
  return { outcome, wrote, counts, durationMs: record.elapsedMs, resources, steps, errors, ...taken };
}

/** What a run has come to so far that is left at once, while these tasks go on; what has not ended counts as skipped. */
export function leftResult(plan: Plan, record: RunRecord, tasks: readonly string[]): RunResult {
  const ended = (outcome: StepOutcome): number => record.steps.filter((step) => step.outcome === outcome).length;
  const all = countSteps(plan, record);
  const [done, failed] = [ended('ok'), ended('failed')];
  const counts = { done, failed, skipped: all - done - failed };
  const errors = record.steps.flatMap(({ error }) => error ?? []);
  const wrote = tasks.length > 0 || done + failed > 0;
  return { ...runResult({ outcome: 'cancelled', wrote, counts, errors }, record), tasks };
}
