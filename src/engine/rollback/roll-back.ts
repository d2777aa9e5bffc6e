import type { Address } from '../../core/address.ts';
import { PvevmError } from '../../core/error.ts';
import type { ApplyEventBody, ErrorInfo } from '../../core/event.ts';
import type { Plan, ResourcePlan } from '../../core/plan.ts';
import { leaveRefused } from '../leave-refused.ts';
import type { Created, Run } from '../run/run.ts';
import { runSteps } from '../run/run-resource.ts';
import { runOrdered } from '../run/schedule.ts';
import { incarnationOf } from '../step/guest-session.ts';

/** Plans the removal of guests by their ids; those that it may not remove are errors of the plan. */
export type Rollback = (created: ReadonlyMap<Address, number>) => Promise<Plan>;

/** Why a guest that a run has created is left; undefined where it can be destroyed. */
function whyLeft(address: Address, { vmid, config }: Created, plan: Plan): string | undefined {
  const removal = plan.resources.find((resource) => resource.address === address);
  const problem = plan.diagnostics.find((one) => one.address === address && one.severity === 'error');
  if (problem !== undefined) return `${problem.summary}: ${problem.detail}`;
  if (removal === undefined) return `guest ${vmid} is not there any more`;
  if (config === undefined)
    return `guest ${vmid} could not be read after it was created, so that it may be another one`;
  const { incarnation } = removal;
  const kind = incarnation?.slice(0, incarnation.indexOf('='));
  if (kind === undefined || `${kind}=${incarnationOf(config, kind)}` !== incarnation)
    return `guest ${vmid} is another one than this run has created`;
  return undefined;
}

/** The files that a run has brought to storages: they stay, since other guests may use them, and cost no work twice. */
function keptFiles(plan: Plan, done: ReadonlySet<Address>): readonly ApplyEventBody[] {
  return plan.resources
    .filter(({ address, action, vmid }) => action === 'create' && vmid === null && done.has(address))
    .map(({ address, node, identity }) => ({
      ...{ type: 'resource.rolledBack', resource: address, outcome: 'kept', node, vmid: null },
      ...(identity === undefined ? {} : { identity }),
    }));
}

/** The plan of the removal without what has to be left, and why that is left. */
function removable(
  made: Plan,
  created: ReadonlyMap<Address, Created>,
): { plan: Plan; left: ReadonlyMap<Address, string> } {
  const left = new Map<Address, string>();
  for (const [address, one] of created) {
    const why = whyLeft(address, one, made);
    if (why !== undefined) left.set(address, why);
  }
  const general = made.diagnostics.filter(({ address, severity }) => severity === 'error' && address === undefined);
  const [first] = general;
  if (first !== undefined) for (const address of created.keys()) left.set(address, `${first.summary}: ${first.detail}`);
  const plan = leaveRefused(made, new Set(left.keys()));
  for (const { address, action } of plan.resources)
    if (action !== 'delete' && !left.has(address)) left.set(address, 'what is made from it is left');
  return { plan, left };
}

/** Destroys what a plan removes, dependents first; gives why something is left. */
async function destroyAll(plan: Plan, run: Run, parallelism: number): Promise<ReadonlyMap<Address, string>> {
  const left = new Map<Address, string>();
  const resources = plan.resources.filter(({ action }) => action === 'delete');
  const byAddress = new Map(resources.map((resource) => [resource.address, resource]));
  const before = ({ dependsOn }: ResourcePlan): readonly ResourcePlan[] =>
    dependsOn.flatMap((other) => byAddress.get(other) ?? []);
  const remove = async (resource: ResourcePlan): Promise<void> => {
    const { address } = resource;
    if (before(resource).some((other) => left.has(other.address))) {
      left.set(address, 'what is made from it is left');
      return;
    }
    const errors: ErrorInfo[] = [];
    const counts = { done: 0, failed: 0, skipped: 0 };
    const emit = (body: ApplyEventBody): void => run.emit('step' in body ? { ...body, rollback: true } : body);
    const { outcome } = await runSteps(resource, {
      ...run,
      emit,
      errors,
      counts,
      options: { ...run.options, replan: undefined },
    });
    if (outcome === 'ok') return;
    run.errors.push(...errors);
    left.set(address, errors[0]?.message ?? 'interrupted before it was destroyed');
  };
  await runOrdered(resources, parallelism, remove, { after: before });
  return left;
}

/** The ids of a removal's steps go on counting where those of the first plan end. */
function numberedOn(made: Plan, first: Plan): Plan {
  const resources = made.resources.map((resource) => {
    const before = first.resources.find(({ address }) => address === resource.address)?.steps.length ?? 0;
    const steps = resource.steps.map((step, index) => ({ ...step, id: `${step.resource}#${before + index + 1}` }));
    return { ...resource, steps };
  });
  return { ...made, resources };
}

/**
 * Takes back what a failed run has created: the guests whose create answered in this run, and that are still the same;
 * nothing else. Through the steps of `destroy`, so that protection and marks are respected. Never throws: events say what
 * became of each, and what is left and why.
 */
export async function rollBack(run: Run, done: ReadonlySet<Address>, parallelism: number): Promise<void> {
  const { rollback, plan: first } = run.options;
  const { created } = run;
  const kept = keptFiles(first, done);
  if (rollback === undefined || (created.size === 0 && kept.length === 0)) return;
  let left: ReadonlyMap<Address, string>;
  if (run.signal?.aborted === true) left = allLeft(created, 'the run was interrupted');
  else {
    try {
      const made = numberedOn(
        await rollback(new Map([...created].map(([address, { vmid }]) => [address, vmid]))),
        first,
      );
      const { plan, left: unmoved } = removable(made, created);
      const resources = plan.resources.filter(({ action }) => action === 'delete');
      run.emit({ type: 'rollback.started', resources });
      left = new Map([...unmoved, ...(await destroyAll(plan, run, parallelism))]);
    } catch (error) {
      if (!(error instanceof PvevmError)) throw error;
      left = allLeft(created, run.clean(error.message));
    }
  }
  for (const [address, { vmid, node }] of created) {
    const reason = left.get(address);
    run.emit({
      ...{ type: 'resource.rolledBack', resource: address, node, vmid },
      ...(reason === undefined ? { outcome: 'destroyed' } : { outcome: 'left', reason: run.clean(reason) }),
    });
  }
  for (const body of kept) run.emit(body);
}

function allLeft(created: ReadonlyMap<Address, Created>, why: string): ReadonlyMap<Address, string> {
  return new Map([...created.keys()].map((address) => [address, why]));
}
