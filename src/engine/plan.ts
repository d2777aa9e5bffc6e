import type { Clock } from '../core/clock.ts';
import { type Diagnostic, hasErrors } from '../core/diagnostic.ts';
import { PvevmError } from '../core/error.ts';
import { type Change, PLAN_FORMAT_VERSION, type Plan, type PlanSummary, type ResourcePlan } from '../core/plan.ts';
import type { Project, Resource } from '../core/resource.ts';
import type { Kind, ObjectObservation, Observation, PlanContext } from '../kinds/kind.ts';
import { createSpaceLedger } from '../kinds/space-ledger.ts';
import { createClusterView } from '../pve/cluster.ts';
import type { PveReader } from '../pve/reader.ts';
import { unlessRefused } from '../pve/refused.ts';
import { registry } from '../registry/registry.ts';
import { type ComparedResource, compareResource, isFailure } from './compare-resource.ts';
import { grantNote } from './grants.ts';
import { orderResources } from './order.ts';
import { planAgain } from './plan-again.ts';
import { createPlanAhead } from './plan-ahead.ts';
import { type Prune, planPrune } from './prune.ts';

/** What a plan is made from. It gets a reader: planning cannot change a cluster. */
export interface PlanOptions {
  readonly resources: readonly Resource[];
  readonly project: Project;
  readonly pve: PveReader;
  /** Who reads: `user@realm!token`. */
  readonly user: string;
  /** Whose guests may be adopted; nobody's where it is not said. */
  readonly adopt?: boolean | string;
  /** Whether secrets that are set already are set again; not unless given. */
  readonly rotateSecrets?: boolean;
  /** Whether the ends of ephemeral guests are moved; not unless given. */
  readonly renew?: boolean;
  /** What the user allowed, as effects and `hard-stop`; nothing where it is not said. */
  readonly allow?: ReadonlySet<string>;
  /**
   * What becomes of what the stack owns and no document describes. Only where the resources are those of the whole
   * project; where it is not given, nobody looks.
   */
  readonly prune?: Prune;
  /** Whether somebody else carries the plan out: privileges that only writes need are not asked for. Not unless given. */
  readonly skipPrivileges?: boolean;
  readonly clock: Clock;
  /** Told, each time anew, what planning waits for, as in `guest 104, which is being cloned`. */
  readonly onWaiting?: (waitingFor: string) => void;
}

const UNASKED: Diagnostic = {
  severity: 'note',
  code: 'PERMISSION',
  summary: 'privileges are not checked',
  detail:
    'Whether this token may carry the plan out was not asked. The one that applies it is asked before anything is written.',
};

/** Loads the kinds that documents name, each once. */
export async function kindsOf(resources: readonly Resource[]): Promise<ReadonlyMap<string, Kind>> {
  const kinds = new Map<string, Kind>();
  for (const name of new Set(resources.map((resource) => resource.kind))) {
    const load = registry[name];
    if (load === undefined) throw new PvevmError('SPEC_INVALID', `cannot plan: there is no kind ${name}`);
    kinds.set(name, await load());
  }
  return kinds;
}

function foreignProblem(resource: Resource, observation: ObjectObservation, changes: readonly Change[]): Diagnostic {
  const base = { range: resource.range, address: resource.address };
  const { node } = observation;
  const vmid = isGuest(observation) ? observation.vmid : (observation.identity ?? '');
  if (changes.length === 0) {
    return {
      ...base,
      severity: 'note',
      code: 'FOREIGN_GUEST',
      summary: 'foreign, in agreement',
      detail: `Guest ${vmid} on ${node} is not pvevm’s own, and nothing that the document manages differs.`,
    };
  }
  const paths = changes
    .slice(0, 5)
    .map((change) => change.path)
    .join(', ');
  const more = changes.length > 5 ? ` and ${changes.length - 5} more` : '';
  const defaults =
    resource.spec['defaults'] === 'none' ? '' : 'write defaults: none, so that it manages only what is written, and ';
  return {
    ...base,
    severity: 'error',
    code: 'FOREIGN_GUEST',
    summary: 'the guest is not pvevm’s own',
    detail: `Guest ${vmid} on ${node} was not made by this document, and differs in ${paths}${more}. Choose another vmid or name; or, to take it over, ${defaults}run with --adopt.`,
  };
}

/** Whether an observation is that of a guest. */
export function isGuest(observation: ObjectObservation): observation is Observation {
  return 'vmid' in observation;
}

async function planResource(
  resource: Resource,
  kind: Kind,
  { observation, changes, compareWith }: ComparedResource,
  context: PlanContext,
): Promise<Planned> {
  const {
    node,
    nodeReason,
    from,
    madeBy,
    identity,
    incarnation,
    digest,
    live,
    unmanaged,
    dependsOn = [],
  } = observation;
  const base = {
    address: resource.address,
    source: { file: resource.range.file, line: resource.range.line },
    node,
    ...(from === undefined ? {} : { from }),
    ...(nodeReason === undefined ? {} : { nodeReason }),
    vmid: isGuest(observation) ? observation.vmid : null,
    vmidChosen: isGuest(observation) && observation.vmidChosen,
    ...(identity === undefined ? {} : { identity }),
    dependsOn,
    incarnation,
    digest,
    unmanaged,
  };
  if (isFailure(observation)) {
    return { plan: { ...base, action: 'none', changes: [], steps: [] }, diagnostics: observation.diagnostics };
  }
  const differing = changes.filter((change) => change.state === 'change');
  const review = await kind.review(resource, observation, changes, context);
  // The kind may know more of whose it is.
  const isTold = [...observation.diagnostics, ...review].some(({ code }) => code === 'FOREIGN_GUEST');
  const foreign = observation.foreign && !isTold ? [foreignProblem(resource, observation, differing)] : [];
  const diagnostics = [...observation.diagnostics, ...foreign, ...review];
  const refused = hasErrors(diagnostics);
  const isNew = live === undefined || madeBy !== undefined;
  const steps = refused
    ? []
    : isNew
      ? await kind.create(resource, observation, context, changes)
      : await kind.update(resource, observation, changes, context);
  const action = isNew ? 'create' : steps.length > 0 ? 'update' : 'none';
  const settled = kind.settleEffects?.(resource, observation, { changes, steps }, context, compareWith) ?? changes;
  return { plan: { ...base, action, changes: settled, steps }, diagnostics, implied: observation.implied ?? [] };
}

/** The numbers of the summary sentence. */
function summarize(resources: readonly ResourcePlan[]): PlanSummary {
  const count = (action: ResourcePlan['action']): number =>
    resources.filter((resource) => resource.action === action).length;
  const restart = resources
    .flatMap((resource) => resource.changes)
    .filter(({ effect, appliedBy }) => effect === 'restart' && appliedBy === undefined).length;
  return { add: count('create'), change: count('update'), destroy: count('delete'), restart };
}

/** What one resource comes to, and the findings about it. */
export interface Planned {
  readonly plan: ResourcePlan;
  readonly diagnostics: readonly Diagnostic[];
  /** The resources that it asks for beside those of the documents. */
  readonly implied?: readonly Resource[];
}

/** The resources that planned ones ask for and no document describes, each once. */
function impliedResources(planned: readonly Planned[], options: PlanOptions): readonly Resource[] {
  const written = new Set(options.resources.map((resource) => resource.address));
  const implied = new Map(planned.flatMap((one) => one.implied ?? []).map((resource) => [resource.address, resource]));
  return [...implied.values()].filter((resource) => !written.has(resource.address));
}

/** What the kinds are given to read with; nothing has been read yet. */
export function contextOf(options: PlanOptions): PlanContext {
  const { project, user, clock, adopt = false, rotateSecrets = false, renew = false, pve } = options;
  const { resources, allow = new Set<string>() } = options;
  const given = { resources, project, user, adopt, rotateSecrets, renew, allow, clock };
  const waiting = options.onWaiting === undefined ? {} : { onWaiting: options.onWaiting };
  return { ...given, ...waiting, cluster: createClusterView(pve, options.skipPrivileges), space: createSpaceLedger() };
}

type PlanKind = (kind: Kind, mine: readonly Resource[], context: PlanContext) => Promise<readonly Planned[]>;

/**
 * Plans the resources of each kind, and puts the plan together; the cluster's name and version are read with it. Where a
 * guest goes away while it is being read, all is read anew.
 */
export async function planByKind(options: PlanOptions, planKind: PlanKind): Promise<Plan> {
  return await planAgain(() => planOnce(options, planKind));
}

async function planOnce(options: PlanOptions, planKind: PlanKind): Promise<Plan> {
  const { project, resources: documents, prune } = options;
  const context = contextOf(options);
  const planned: Planned[] = [];
  const planAll = async (resources: readonly Resource[]): Promise<void> => {
    for (const kind of (await kindsOf(resources)).values()) {
      const mine = resources.filter((resource) => resource.kind === kind.name);
      planned.push(...(await planKind(kind, mine, context)));
    }
  };
  await planAll(documents);
  await planAll(impliedResources(planned, options));
  const pruned = prune === undefined ? undefined : await planPrune(planned, prune, context);
  planned.push(...(pruned?.planned ?? []));
  const { version } = await context.cluster.version();
  // The name needs Sys.Audit on /, which a token that may create guests need not have.
  const { name } = await unlessRefused(context.cluster.clusterStatus(), { name: null });
  const ordered = orderResources(planned.map(({ plan }) => plan));
  const { resources } = ordered;
  const findings = [...planned, { diagnostics: pruned?.diagnostics ?? [] }];
  const found = findings.flatMap((one) => one.diagnostics);
  found.push(...(await grantNote(findings, context)));
  if (options.skipPrivileges === true && resources.some(({ steps }) => steps.length > 0)) found.push(UNASKED);
  const diagnostics = [...found, ...ordered.diagnostics];
  const summary = summarize(resources);
  return {
    formatVersion: PLAN_FORMAT_VERSION,
    cluster: { name, version },
    stack: project.stack,
    resources,
    diagnostics,
    summary,
  };
}

/**
 * Makes the plan that brings the cluster to what the documents say. All findings are collected: where one of them is an
 * error, the plan has no steps for its resource and must not be applied. Throws where the cluster cannot be read.
 */
export async function createPlan(options: PlanOptions): Promise<Plan> {
  return await planByKind(options, async (kind, mine, context) => {
    const ahead = createPlanAhead(
      mine,
      (resource, observation) => compareResource(resource, kind, observation, context),
      (resource, compared) => planResource(resource, kind, compared, context),
    );
    return await ahead.finish(await kind.observe(mine, context, ahead.observed));
  });
}
