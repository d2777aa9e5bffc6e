import type { Diagnostic } from '../core/diagnostic.ts';
import { hasErrors } from '../core/diagnostic.ts';
import { nearest } from '../core/nearest.ts';
import type { ResourcePlan } from '../core/plan.ts';
import type { Kind, PlanContext, Unclaimed } from '../kinds/kind.ts';
import { registry } from '../registry/registry.ts';
import type { Planned } from './plan.ts';

/** What a plan over a whole project does with what the stack owns and no document describes: it tells of it, or removes it. */
export type Prune = 'note' | 'remove';

/** What no document describes, as plans of its removal, and what there is to say of it. */
export interface Pruned {
  readonly planned: readonly Planned[];
  readonly diagnostics: readonly Diagnostic[];
}

const NOTHING: Pruned = { planned: [], diagnostics: [] };

/** A document under a new name describes a new guest: where one comes and another goes, that may be a mistake. */
function renameHint(
  unclaimed: readonly Unclaimed[],
  planned: readonly ResourcePlan[],
  kind: Kind,
  prune: Prune,
): readonly Diagnostic[] {
  const created = planned.filter(({ action, address }) => action === 'create' && address.startsWith(`${kind.name}/`));
  const [first] = created;
  if (first === undefined || unclaimed.length === 0) return [];
  const names = created.map(({ address }) => address.slice(kind.name.length + 1));
  return unclaimed.map(({ resource: { name, address, range } }) => {
    const near = nearest(name, names) ?? names[0];
    const into = created.length === 1 ? first.address : `${created.length} new ones, ${kind.name}/${near} among them`;
    const same = created.length === 1 ? 'that' : 'one of these';
    const detail = `The plan ${prune === 'remove' ? `removes ${address}` : `leaves ${address} without a document`} and makes ${into}. If ${same} is the same guest under another name, write renamedFrom: ${name} into its document: then it is renamed, and keeps its data.`;
    const severity = prune === 'remove' ? 'warning' : 'note';
    return { severity, code: 'IDENTITY', summary: 'this may be a rename', detail, range, address };
  });
}

function toldOf({ resource, place, loses }: Unclaimed, stack: string | null): Diagnostic {
  const volumes = loses.length === 0 ? '' : ` (${loses.join('; ')})`;
  const detail = `${resource.address}, ${place}, is in no document of stack ${stack}. Its removal needs --prune and --allow data-loss${volumes}.`;
  const { address, range } = resource;
  return { severity: 'note', code: 'CONSENT', summary: 'in no document of the stack', detail, range, address };
}

/** An error for each document that is to be made from what is to be removed. */
function sourceProblems(unclaimed: readonly Unclaimed[], planned: readonly ResourcePlan[]): readonly Diagnostic[] {
  return planned.flatMap(({ address, steps }) => {
    const sources = new Set(steps.map(({ expects }) => expects?.source?.vmid));
    const source = unclaimed.find(({ resource }) => sources.has(resource.spec['vmid'] as number));
    if (source === undefined) return [];
    const detail = `${address} is to be cloned from ${source.place} (${source.resource.address}), which no document describes, so that --prune would remove it. Write a document for it, or clone from another guest.`;
    const { range } = source.resource;
    return [
      { severity: 'error', code: 'IMPOSSIBLE', summary: 'a clone needs what would be removed', detail, range, address },
    ];
  });
}

async function removalsOf(
  kind: Kind,
  unclaimed: readonly Unclaimed[],
  planned: readonly ResourcePlan[],
  context: PlanContext,
): Promise<readonly Planned[]> {
  const removals = await kind.observeRemoval(
    unclaimed.map(({ resource }) => resource),
    context,
  );
  // Nothing is removed before all that is wanted is there: a removal cannot be taken back.
  const before = planned.filter(({ steps }) => steps.length > 0).map(({ address }) => address);
  return unclaimed.flatMap(({ resource: { address, range } }): readonly Planned[] => {
    const removal = removals.get(address);
    if (removal === undefined) return [];
    const { diagnostics, dependsOn = [], ...removed } = removal;
    const action = removed.steps.length > 0 ? 'delete' : 'none';
    const plan: ResourcePlan = {
      ...{ address, action, source: { file: range.file, line: range.line } },
      ...{ ...removed, vmidChosen: false, unmanaged: [] },
      reason: `in no document of stack ${context.project.stack}`,
      dependsOn: [...before, ...dependsOn],
    };
    return [{ plan, diagnostics }];
  });
}

/**
 * Plans what becomes of the objects that the stack owns and no document describes: with `note` each is told of, with
 * `remove` each is removed after everything else is done, dependents first. Where the plan has errors, it is not known
 * for sure what the documents describe, and nothing is planned; where one removal has errors, there is none at all.
 */
export async function planPrune(planned: readonly Planned[], prune: Prune, context: PlanContext): Promise<Pruned> {
  if (planned.some(({ diagnostics }) => hasErrors(diagnostics))) return NOTHING;
  const plans = planned.map(({ plan }) => plan);
  const pruned: Planned[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const load of Object.values(registry)) {
    const kind = await load();
    const mine = plans.filter(({ address }) => address.startsWith(`${kind.name}/`));
    const found = await kind.findUnclaimed?.(mine, context, prune === 'remove');
    if (found === undefined) continue;
    const { unclaimed } = found;
    diagnostics.push(...found.diagnostics, ...renameHint(unclaimed, mine, kind, prune));
    if (prune === 'note') diagnostics.push(...unclaimed.map((one) => toldOf(one, context.project.stack)));
    else {
      diagnostics.push(...sourceProblems(unclaimed, plans));
      pruned.push(...(await removalsOf(kind, unclaimed, plans, context)));
    }
  }
  const isRefused = hasErrors(diagnostics) || pruned.some((one) => hasErrors(one.diagnostics));
  if (!isRefused) return { planned: pruned, diagnostics };
  return {
    planned: pruned.map((one) => ({ ...one, plan: { ...one.plan, action: 'none', steps: [] } })),
    diagnostics,
  };
}
