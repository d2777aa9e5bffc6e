import type { ApplyEvent } from '../../src/core/event.ts';
import type { Plan } from '../../src/core/plan.ts';
import { applyPlan } from '../../src/engine/apply.ts';
import { missingConsent } from '../../src/engine/consent.ts';
import { createPlan, type PlanOptions } from '../../src/engine/plan.ts';
import { createRemovalPlan } from '../../src/engine/removal-plan.ts';
import { planCreatedRemoval } from '../../src/engine/rollback/created-removal.ts';
import type { ProgramRun } from '../faults/program-run.ts';
import type { Process } from '../faults/world.ts';
import type { Commit } from './documents.ts';

/** One command of a pipeline. */
export interface Command {
  readonly commit: Commit;
  readonly verb: 'apply' | 'prune' | 'destroy';
  readonly allow: ReadonlySet<string>;
  readonly failFast: boolean;
  readonly rollback: boolean;
  readonly parallelism: number;
  /** Aborted where somebody interrupts it. */
  readonly signal: AbortSignal;
}

/** What `--allow` takes. */
export const ALL_EFFECTS: readonly string[] = ['restart', 'migrate', 'recreate', 'data-loss', 'hard-stop'];

async function planCommand(command: Command, { pve, clock }: Process, only?: string): Promise<Plan> {
  const { commit, verb, allow } = command;
  const resources = commit.resources.filter(({ address }) => only === undefined || address === only);
  const options: PlanOptions = { resources, project: commit.project, pve, user: pve.user, clock, allow };
  if (verb === 'destroy') return await createRemovalPlan(options);
  const isWhole = verb === 'prune' && only === undefined;
  return await createPlan(isWhole ? { ...options, prune: 'remove' } : options);
}

/** Plans and applies, as the commands of the program do; a plan with errors or without consent is not carried out. */
export async function runCommand(command: Command, process: Process, random: () => number): Promise<ProgramRun> {
  const events: ApplyEvent[] = [];
  let plan: Plan;
  try {
    plan = await planCommand(command, process);
  } catch (thrown) {
    return { thrown, events };
  }
  if (plan.diagnostics.some(({ severity }) => severity === 'error')) return { plan, events };
  if (missingConsent(plan, command.allow).length > 0) return { plan, events };
  const { commit, allow, failFast, parallelism, signal } = command;
  const { pve, clock } = process;
  const secrets = new Map(commit.resources.map(({ address, secrets: own = new Map() }) => [address, own]));
  const result = await applyPlan({
    ...{ plan, pve, clock, parallelism, random, failFast, signal, allowed: allow },
    secrets: (address, path) => secrets.get(address)?.get(path),
    onEvent: (event) => events.push(event),
    async replan(address) {
      const { resources, diagnostics } = await planCommand(command, process, address);
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      return errors.length > 0 ? errors : (resources.find((one) => one.address === address) ?? []);
    },
    rollback: command.rollback
      ? (created) => {
          const { resources, project } = commit;
          return planCreatedRemoval(created, { resources, project, pve, user: pve.user, clock, allow });
        }
      : undefined,
  });
  return { plan, result, events };
}
