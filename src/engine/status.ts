import type { Address } from '../core/address.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Change } from '../core/plan.ts';
import type { Resource } from '../core/resource.ts';
import type { GuestAddress, Kind, LiveState, ObjectObservation, ObjectStatus, StatusContext } from '../kinds/kind.ts';
import { unlessRefused } from '../pve/refused.ts';
import { compare } from './compare.ts';
import { contextOf, isGuest, kindsOf, type PlanOptions } from './plan.ts';
import { runOrdered } from './run/schedule.ts';

/** The version of the status's JSON form; its first number changes when a reader of it could break. */
export const STATUS_FORMAT_VERSION = '1.0';

/** What one resource is doing. Plain JSON; what is not known, or does not apply, is null. */
export interface ResourceStatus {
  readonly address: Address;
  readonly source: { readonly file: string; readonly line: number };
  /** As in `running`, `stopped`, `present`; `absent`; `unknown` where the diagnostics say why it cannot be told. */
  readonly state: string;
  readonly node: string | null;
  readonly vmid: number | null;
  /** What an object that is no guest is known by: the volume id of an image. */
  readonly identity: string | null;
  readonly owner: ObjectStatus['owner'] | 'stub' | null;
  /** The other stack that owns it. */
  readonly stack: string | null;
  readonly ha: string | null;
  readonly lock: string | null;
  /** Seconds since it was started. */
  readonly uptime: number | null;
  /** When its time is over, as in `2026-08-01T12:00Z`. */
  readonly until: string | null;
  /** How long that is from now by the server's clock; less than 0 where it is over. */
  readonly secondsLeft: number | null;
  /** Bytes. */
  readonly size: number | null;
  readonly agent: NonNullable<ObjectStatus['agent']> | null;
  readonly addresses: readonly GuestAddress[];
  /** The live keys whose new value waits for a restart, whoever wrote it. */
  readonly pending: readonly string[];
  /** What a plan would change, in the words of the spec. */
  readonly drift: readonly string[];
}

/** What the resources of some documents are doing. */
export interface Status {
  readonly formatVersion: typeof STATUS_FORMAT_VERSION;
  readonly cluster: { readonly name: string | null; readonly version: string };
  readonly stack: string | null;
  readonly resources: readonly ResourceStatus[];
  readonly diagnostics: readonly Diagnostic[];
  readonly summary: StatusSummary;
}

/** How many resources are there, are not, cannot be told, differ from their documents, and wait for a restart. */
export interface StatusSummary {
  readonly present: number;
  readonly absent: number;
  readonly unknown: number;
  readonly drifted: number;
  readonly pending: number;
}

// Agents are slow to answer, and those that are off are waited for.
const PARALLELISM = 16;

const UNKNOWN = {
  ...{ node: null, vmid: null, identity: null, owner: null, stack: null, ha: null, lock: null },
  ...{ uptime: null, until: null, secondsLeft: null, size: null, agent: null, addresses: [], pending: [], drift: [] },
} as const;

function ownerOfUnknown(diagnostics: readonly Diagnostic[]): ResourceStatus['owner'] {
  const codes = diagnostics.map(({ code }) => code);
  if (codes.includes('STUB') || codes.includes('LOCKED')) return 'stub';
  return codes.includes('FOREIGN_GUEST') ? 'foreign' : null;
}

function pendingKeys({ current, pending }: LiveState): readonly string[] {
  const keys = new Set([...current.keys(), ...pending.keys()]);
  return [...keys].filter((key) => current.get(key) !== pending.get(key)).sort();
}

function pathsOf(changes: readonly Change[]): readonly string[] {
  return changes.filter(({ state }) => state !== 'pending').map(({ path }) => path);
}

interface StatusAndNotes {
  readonly status: ResourceStatus;
  readonly notes: readonly Diagnostic[];
}

async function statusOf(
  resource: Resource,
  kind: Kind,
  seen: ObjectObservation,
  context: StatusContext,
): Promise<StatusAndNotes> {
  const { file, line } = resource.range;
  const base = {
    ...{ address: resource.address, source: { file, line }, state: 'unknown', ...UNKNOWN },
    identity: seen.identity ?? null,
  };
  // Nothing that it manages: what is there could not be found out.
  const failed = seen.desired.length === 0 && seen.diagnostics.some(({ severity }) => severity === 'error');
  if (failed) return { status: { ...base, owner: ownerOfUnknown(seen.diagnostics) }, notes: [] };
  const { live } = seen;
  if (live === undefined || seen.madeBy !== undefined) return { status: { ...base, state: 'absent' }, notes: [] };
  const { notes = [], ...object } = (await kind.status?.(resource, seen, context)) ?? {
    state: 'present',
    owner: 'own',
  };
  const status: ResourceStatus = {
    ...base,
    ...object,
    node: seen.node,
    vmid: isGuest(seen) ? seen.vmid : null,
    pending: pendingKeys(live),
    drift: pathsOf(compare(seen.desired, live, kind.decode)),
  };
  return { status, notes };
}

function summarize(resources: readonly ResourceStatus[]): StatusSummary {
  const count = (matches: (resource: ResourceStatus) => boolean): number => resources.filter(matches).length;
  const absent = count(({ state }) => state === 'absent');
  const unknown = count(({ state }) => state === 'unknown');
  const present = resources.length - absent - unknown;
  const drifted = count(({ drift }) => drift.length > 0);
  return { present, absent, unknown, drifted, pending: count(({ pending }) => pending.length > 0) };
}

function withoutTwins(notes: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(notes.map((note) => [`${note.summary}\n${note.detail}`, note])).values()];
}

/**
 * Looks at the live objects of documents: what they do, and how far they are from what the documents say, by the same
 * comparison that a plan makes. Reads only. Agents are asked side by side, a limited number at a time. Throws where the
 * cluster cannot be read.
 */
export async function readStatus(options: PlanOptions): Promise<Status> {
  const context: StatusContext = { ...contextOf(options), pve: options.pve };
  const found = new Map<Address, StatusAndNotes>();
  const failures: unknown[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const kind of (await kindsOf(options.resources)).values()) {
    const mine = options.resources.filter((resource) => resource.kind === kind.name);
    const observations = await kind.observe(mine, context);
    diagnostics.push(...[...observations.values()].flatMap((seen) => seen.diagnostics));
    const look = async (resource: Resource): Promise<void> => {
      if (failures.length > 0) return;
      try {
        const seen = observations.get(resource.address) as ObjectObservation;
        found.set(resource.address, await statusOf(resource, kind, seen, context));
      } catch (error) {
        failures.push(error);
      }
    };
    await runOrdered(mine, PARALLELISM, look, { after: () => [] });
    if (failures.length > 0) throw failures[0];
  }
  const all = options.resources.flatMap(({ address }) => found.get(address) ?? []);
  const resources = all.map(({ status }) => status);
  const { version } = await context.cluster.version();
  const { name } = await unlessRefused(context.cluster.clusterStatus(), { name: null });
  return {
    formatVersion: STATUS_FORMAT_VERSION,
    cluster: { name, version },
    stack: options.project.stack,
    resources,
    diagnostics: [...diagnostics, ...withoutTwins(all.flatMap(({ notes }) => notes))],
    summary: summarize(resources),
  };
}
