import type { Address } from '../../core/address.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import { codecOf } from '../../pve/codecs/codecs.ts';
import { unlessRefused } from '../../pve/refused.ts';
import type { LiveState, ManagedValue, Observation, PlanContext } from '../kind.ts';
import { exclusiveValues } from './exclusive.ts';
import { type FoundGuest, incarnationOf, type Located } from './found.ts';
import { attributeField, desiredHa, liveHa } from './ha.ts';
import { decodeVm, liveState } from './live.ts';
import { locateAll } from './locate.ts';
import { resolveMedium } from './medium.ts';
import { missingNode } from './missing.ts';
import { optionsOutsideVersion, optionValues } from './options.ts';
import { markValues, mayAdopt, ownershipProblem, renamedNote } from './ownership.ts';
import { movedNote, type Placement, placeAll } from './place.ts';
import { fieldsOutsideVersion, projectVm } from './project.ts';
import { unmanagedKeys } from './unmanaged.ts';

/** What a document says of power and pool, which are no config keys. */
function attributes(resource: Resource): readonly ManagedValue[] {
  const values: ManagedValue[] = [];
  const add = (path: string, key: string): void => {
    const value = resource.spec[path];
    if (value === undefined) return;
    const origin = originOf(resource, `/${path}`);
    values.push({
      path,
      key,
      field: attributeField(path, 'string', 'L'),
      value: value ?? undefined,
      origin: origin.text,
      builtIn: origin.builtIn,
    });
  };
  add('pool', 'pool');
  add('power', 'status');
  return values;
}

async function withMedium(
  resource: Resource,
  values: readonly ManagedValue[],
  node: string,
  live: LiveState | undefined,
  context: PlanContext,
): Promise<{ values: readonly ManagedValue[]; diagnostics: readonly Diagnostic[] }> {
  const wanted = values.find((managed) => managed.path === 'os.media');
  if (wanted?.value === undefined) return { values, diagnostics: [] };
  const text = live?.pending.get(wanted.key);
  const present = text === undefined ? undefined : decodeVm(wanted.key, text)?.['file'];
  if (present !== undefined && codecOf('medium').agrees?.(wanted.value, present) === true) {
    // A medium that matches the pattern agrees, though a newer one may have come since.
    return {
      values: values.map((managed) => (managed === wanted ? { ...managed, value: present } : managed)),
      diagnostics: [],
    };
  }
  const { volid, diagnostics } = await resolveMedium(resource, wanted.value, node, context.cluster);
  return {
    values: values.map((managed) => (managed === wanted ? { ...managed, value: volid } : managed)),
    diagnostics,
  };
}

function versionProblems(resource: Resource, version: string): readonly Diagnostic[] {
  return [...fieldsOutsideVersion(resource, version), ...optionsOutsideVersion(resource, version)].map(
    ({ field, path }) => {
      const pointer = `/${path.replaceAll('.', '/')}`;
      const origin = originOf(resource, pointer);
      const needs = field.until === undefined ? `${field.since} or newer` : `${field.until} or older`;
      const detail = `${path} (${origin.text}) needs Proxmox VE ${needs}; the server is ${version}. Leave it out.`;
      return {
        severity: 'error',
        code: 'IMPOSSIBLE',
        summary: 'the server’s version does not have this field',
        detail,
        range: origin.range ?? resource.range,
        address: resource.address,
        pointer,
      };
    },
  );
}

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
    projectVm(resource, { version, present: undefined }),
    node,
    undefined,
    context,
  );
  const ha = await desiredHa(resource, node, undefined, context);
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
    desired: [...marks, ...optionValues(resource, undefined), ...attributes(resource), ...ha.values],
    unmanaged: [],
    diagnostics: [...versionProblems(resource, version), ...projected.diagnostics, ...ha.diagnostics],
  };
}

async function extraOf(guest: FoundGuest, context: PlanContext): Promise<ReadonlyMap<string, string>> {
  const { guests } = await context.cluster.resources();
  const registered = (await unlessRefused(context.cluster.haResources(), [])).find(
    (resource) => resource.sid === `vm:${guest.vmid}`,
  );
  const pool = guests.find((row) => row.vmid === guest.vmid)?.pool;
  return new Map([
    ...liveHa(registered),
    ['status', guest.running ? 'running' : 'stopped'],
    ...(pool === undefined ? [] : ([['pool', pool]] as const)),
  ]);
}

async function observeFound(
  resource: Resource,
  guest: FoundGuest,
  version: string,
  context: PlanContext,
): Promise<Observation> {
  const { node, vmid, config } = guest;
  const live = liveState(config, guest.running, await extraOf(guest, context));
  const problem = ownershipProblem(resource, guest, context);
  const projected = await withMedium(
    resource,
    projectVm(resource, { version, present: new Set(live.pending.keys()) }),
    node,
    live,
    context,
  );
  const ha = await desiredHa(resource, node, live, context);
  const adopted = guest.owned || mayAdopt(guest, context);
  const values = adopted
    ? markValues(resource, context.project, vmid, projected.values, live)
    : markValues(resource, { ...context.project, mark: 'none' }, vmid, projected.values, live);
  const keys = new Set(values.map((managed) => managed.key));
  const surplus = exclusiveValues(resource, live).filter((managed) => !keys.has(managed.key));
  const desired = [...values, ...optionValues(resource, live), ...surplus, ...attributes(resource), ...ha.values];
  return {
    node,
    vmid,
    vmidChosen: false,
    incarnation: incarnationOf(config),
    digest: config.digest,
    live,
    foreign: !adopted,
    desired,
    unmanaged: unmanagedKeys(live, desired),
    diagnostics: [
      ...(problem === undefined ? [] : [problem]),
      ...renamedNote(resource, guest),
      ...movedNote(resource, node),
      ...versionProblems(resource, version),
      ...projected.diagnostics,
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
): Promise<ReadonlyMap<Address, Observation>> {
  const located = await locateAll(resources, context);
  const { version } = await context.cluster.version();
  const placements = await placeAll(
    resources.filter((resource) => located.get(resource.address)?.type === 'absent'),
    context,
  );
  const observations = new Map<Address, Observation>();
  for (const resource of resources) {
    const found = located.get(resource.address) as Located;
    if (found.type === 'failed') observations.set(resource.address, failure(found.diagnostics));
    else if (found.type === 'found')
      observations.set(resource.address, await observeFound(resource, found, version, context));
    else
      observations.set(
        resource.address,
        withNotes(await observeNew(resource, placements.get(resource.address) as Placement, version, context), found),
      );
  }
  return observations;
}
