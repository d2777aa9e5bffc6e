import type { Address } from '../../core/address.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import { unlessRefused } from '../../pve/refused.ts';
import type { ManagedValue, Observation, PlanContext } from '../kind.ts';
import { findClones } from './clone/find-clones.ts';
import { withCloudInit } from './cloud-init/values.ts';
import { completeValues } from './devices/complete-values.ts';
import { withoutUnplacedEfi } from './devices/unplaced-efi.ts';
import { exclusiveValues } from './disks/exclusive.ts';
import { withMedium } from './disks/medium.ts';
import { withLiveDisks } from './disks/with-live-disks.ts';
import { desiredFirewall } from './firewall/desired.ts';
import { liveFirewall } from './firewall/read.ts';
import { desiredHa, liveHa } from './ha/registration.ts';
import { factsOf, liveHaRules, observedRules } from './ha/rules.ts';
import { hotplugWhenWritten } from './hotplug-when-written.ts';
import { guestOf } from './identity/by-vmid.ts';
import { type FoundGuest, incarnationOf, type Located } from './identity/found.ts';
import { locateAll } from './identity/locate.ts';
import { createObservedAhead, type OnObserved } from './identity/observe-ahead.ts';
import { isOwnUnfinished, markValues, mayAdopt, ownershipProblem, renamedNote } from './identity/ownership.ts';
import { imageValues } from './images/values.ts';
import { liveState } from './live.ts';
import { optionValues } from './options/options.ts';
import { movedNote, type Placement, placeAll } from './placement/place.ts';
import { createMovePlanner, type Move } from './placement/plan-moves.ts';
import { livePower } from './power/live-power.ts';
import { missingNode } from './preflight/missing.ts';
import { projectVm } from './project.ts';
import { unmanagedKeys } from './unmanaged.ts';
import { versionProblems } from './version-problems.ts';
import { attributes } from './written-attributes.ts';

function failure(diagnostics: readonly Diagnostic[]): Observation {
  return {
    node: '',
    vmid: 0,
    vmidChosen: false,
    incarnation: null,
    digest: null,
    live: undefined,
    foreign: false,
    desired: [],
    unmanaged: [],
    diagnostics,
  };
}

async function observeNew(
  resource: Resource,
  placement: Placement,
  version: string,
  context: PlanContext,
): Promise<Observation> {
  const { node, nodeReason, vmid, vmidChosen } = placement;
  const problems = [...placement.diagnostics];
  if (problems.length === 0) {
    const absent = await missingNode(resource, node, originOf(resource, '/node'), context.cluster);
    if (absent !== undefined) problems.push(absent);
  }
  if (problems.length > 0) return { ...failure(problems), node, vmid, vmidChosen };
  const projected = await withMedium(
    resource,
    completeValues(
      withCloudInit(
        resource,
        withoutUnplacedEfi(resource, projectVm(resource, { version, present: undefined })),
        undefined,
      ),
      { version, live: undefined },
    ),
    node,
    undefined,
    context,
  );
  const ha = await desiredHa(resource, node, undefined, context);
  const firewall = await desiredFirewall(resource, context.cluster);
  const facts = await factsOf(resource, context);
  const images = await imageValues(resource, node, undefined, context);
  const marks = markValues(resource, context.project, vmidChosen ? '{vmid}' : vmid, projected.values, undefined);
  return {
    node,
    ...(nodeReason === undefined ? {} : { nodeReason }),
    vmid,
    vmidChosen,
    incarnation: null,
    digest: null,
    live: undefined,
    foreign: false,
    dependsOn: [...images.dependsOn, ...projected.dependsOn],
    implied: [...images.implied, ...projected.implied],
    facts,
    desired: [
      ...marks,
      ...images.values,
      ...optionValues(resource, undefined),
      ...attributes(resource),
      ...firewall,
      ...ha.values,
    ],
    unmanaged: [],
    diagnostics: [
      ...versionProblems(resource, version),
      ...projected.diagnostics,
      ...images.diagnostics,
      ...ha.diagnostics,
    ],
  };
}

async function extraOf(
  resource: Resource,
  guest: FoundGuest,
  firewall: readonly ManagedValue[],
  context: PlanContext,
): Promise<ReadonlyMap<string, string>> {
  const { guests } = await context.cluster.resources();
  const registered = (await unlessRefused(context.cluster.haResources(), [])).find(
    (resource) => resource.sid === `vm:${guest.vmid}`,
  );
  const pool = guestOf(guest.vmid, guests)?.pool;
  return new Map([
    ...liveHa(registered),
    ...(guest.firewallOf === null ? [] : await liveFirewall(firewall, guest.firewallOf ?? guest, context.cluster)),
    ['status', await livePower(resource, guest, context.cluster)],
    ...(pool === undefined ? [] : ([['pool', pool]] as const)),
  ]);
}

async function observeFound(
  resource: Resource,
  guest: FoundGuest,
  version: string,
  context: PlanContext,
  move?: Move,
): Promise<Observation> {
  const { node, vmid, config } = guest;
  const there = move?.movesTo?.node ?? node;
  const firewall = await desiredFirewall(resource, context.cluster);
  const facts = await factsOf(resource, context);
  const extra = await extraOf(resource, guest, firewall, context);
  const place = move === undefined ? [] : ([['node', node]] as const);
  const live = liveState(
    config,
    guest.running,
    new Map([...extra, ...liveHaRules(observedRules(facts), vmid), ...place]),
  );
  const problem = ownershipProblem(resource, guest, context);
  const projected = await withMedium(
    resource,
    completeValues(
      withCloudInit(
        resource,
        projectVm(resource, { version, present: new Set([...live.pending.keys(), ...live.current.keys()]) }),
        live,
      ),
      { version, live },
    ),
    there,
    live,
    context,
  );
  const images = await imageValues(resource, there, live, context);
  const ha = await desiredHa(resource, there, live, context, isOwnUnfinished(resource, guest, live, context));
  const adopted = guest.owned || mayAdopt(guest, context);
  const values = adopted
    ? markValues(resource, context.project, vmid, projected.values, live, context.renew)
    : markValues(resource, { ...context.project, mark: 'none' }, vmid, projected.values, live);
  const keys = new Set(values.map((managed) => managed.key));
  const surplus = exclusiveValues(resource, live).filter((managed) => !keys.has(managed.key));
  const desired = [
    ...(move?.values ?? []),
    ...(await withLiveDisks(resource, values, live, guest, context.cluster)),
    ...images.values,
    ...optionValues(resource, live),
    ...surplus,
    ...attributes(resource),
    ...firewall,
    ...ha.values,
  ];
  return {
    node,
    ...(move?.movesTo === undefined ? {} : { movesTo: move.movesTo }),
    vmid,
    vmidChosen: false,
    incarnation: incarnationOf(config),
    digest: config.digest,
    live: { ...live, hotplug: hotplugWhenWritten(live, desired) },
    foreign: !adopted,
    dependsOn: [...images.dependsOn, ...projected.dependsOn],
    implied: [...images.implied, ...projected.implied],
    facts,
    desired,
    unmanaged: unmanagedKeys(live, desired),
    diagnostics: [
      ...(problem === undefined ? [] : [problem]),
      ...renamedNote(resource, guest),
      ...movedNote(resource, node),
      ...(move?.diagnostics ?? []),
      ...versionProblems(resource, version),
      ...projected.diagnostics,
      ...images.diagnostics,
      ...ha.diagnostics,
    ],
  };
}

function withNotes(observation: Observation, found: Extract<Located, { type: 'absent' }>): Observation {
  return { ...observation, diagnostics: [...observation.diagnostics, ...(found.notes ?? [])] };
}

/** Finds the guests of all documents, and says for each what is there and what is wanted. */
export async function observeVms(
  resources: readonly Resource[],
  context: PlanContext,
  onObserved?: OnObserved,
): Promise<ReadonlyMap<Address, Observation>> {
  const ahead = createObservedAhead(
    async (...found) => observeFound(...found, (await context.cluster.version()).version, context),
    onObserved,
  );
  const located = await locateAll(resources, context, ahead.begin);
  const { version } = await context.cluster.version();
  const absent = resources.filter((resource) => located.get(resource.address)?.type === 'absent');
  const clones = await findClones(absent, resources, located, context);
  const placements = await placeAll(clones.inOrder(absent), context, clones.eligibleNodes);
  const planMove = createMovePlanner(resources, located, context);
  const observations = new Map<Address, Observation>();
  for (const resource of clones.inOrder(resources)) {
    const found = located.get(resource.address) as Located;
    if (found.type === 'failed') observations.set(resource.address, failure(found.diagnostics));
    else if (found.type === 'found')
      observations.set(
        resource.address,
        (await ahead.of(resource.address)) ??
          (await observeFound(resource, found, version, context, await planMove(resource, found))),
      );
    else {
      const placement = placements.get(resource.address) as Placement;
      const clone = clones.observe(resource, placement, observations, (guest) =>
        observeFound(resource, guest, version, context),
      );
      const seen = (await clone) ?? (await observeNew(resource, placement, version, context));
      observations.set(resource.address, withNotes(seen, found));
    }
  }
  return observations;
}
