import { type CheckedDocuments, loadChecked } from './cli/load-checked.ts';
import { replanFrom, rollbackFrom } from './cli/run/replan.ts';
import { checkCluster } from './cli/saved-plan/saved-plan.ts';
import type { Address } from './core/address.ts';
import type { Diagnostic } from './core/diagnostic.ts';
import type { Effect } from './core/effect.ts';
import { type ErrorCode, PvevmError } from './core/error.ts';
import type { ApplyEvent } from './core/event.ts';
import type { Plan } from './core/plan.ts';
import { type ApplyResult, applyPlan } from './engine/apply.ts';
import { checkStale } from './engine/check-stale.ts';
import { missingConsent } from './engine/consent.ts';
import { createPlan } from './engine/plan.ts';
import type { Replan } from './engine/replan/plan-anew.ts';
import { requireSecrets, type SecretSource, secretsOf } from './engine/step/placeholders.ts';
import { type PveApi, typedApi } from './pve/api.ts';
import { createPveClient as createClient, type PveClientOptions } from './pve/client.ts';
import { systemClock } from './pve/clock.ts';
import type { PveClient } from './pve/reader.ts';

export type { Address } from './core/address.ts';
export type { Diagnostic, Position, Range } from './core/diagnostic.ts';
export type { Effect } from './core/effect.ts';
export type { ErrorCode, PvevmErrorOptions } from './core/error.ts';
export { PvevmError } from './core/error.ts';
export type {
  ApplyEvent,
  ApplyEventBody,
  Counts,
  ErrorInfo,
  RollbackOutcome,
  Stamp,
  StepEnd,
  StepOutcome,
  StepRef,
} from './core/event.ts';
export type { Json, JsonObject } from './core/json.ts';
export type { Action, Change, Plan, PlanSummary, ResourcePlan } from './core/plan.ts';
export type { Step, StepAwait, StepRequest } from './core/step.ts';
export type { ApplyResult } from './engine/apply.ts';
export type {
  DeleteArguments,
  DeletePath,
  DeleteResult,
  GetArguments,
  GetPath,
  GetResult,
  PostArguments,
  PostPath,
  PostResult,
  PutArguments,
  PutPath,
  PutResult,
  PveApi,
} from './pve/api.ts';
export type { Credentials } from './pve/authentication/credentials.ts';
export type { PveClientOptions, SentRequest } from './pve/client.ts';
export type { Trust } from './pve/connection/trust.ts';
export type { Params, PveClient, PveReader, ReadOptions, WriteOptions } from './pve/reader.ts';

/** Documents: files, folders and globs, or the text of a YAML file. In diagnostics, a text is called `<stdin>`. */
export type Documents = {
  readonly cwd?: string;
  /** Variables that documents may ask for; a number, true or false is read as such. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The environment that documents may ask for variables; that of the process unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
} & ({ readonly paths: readonly string[]; readonly text?: never } | { readonly text: string; readonly paths?: never });

/** What `validate` found. */
export interface Validation {
  readonly valid: boolean;
  /** The resources that the documents describe; only those without errors. */
  readonly resources: readonly { readonly address: Address; readonly file: string; readonly line: number }[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What `plan` is told. */
export type PlanRequest = Documents & {
  readonly pve: PveClient;
  /** Whose guests may be taken over: those that no stack owns (`true`), or that stack's too. */
  readonly adopt?: boolean | string;
  /** Whether secrets that are set already are set again. */
  readonly rotateSecrets?: boolean;
};

/** What `apply` is told. */
export interface ApplyRequest {
  readonly plan: Plan;
  readonly pve: PveClient;
  readonly onEvent?: (event: ApplyEvent) => void;
  /** The effects that the plan may have. */
  readonly allow?: readonly Effect[];
  /** When it is aborted, running steps are finished and no new ones begin. */
  readonly signal?: AbortSignal;
  /** How many resources are worked on at a time; 10 unless given. */
  readonly parallelism?: number;
  /** How many steps may keep one node, or one storage, busy at a time; 4 and 2 unless given. */
  readonly limits?: { readonly node?: number; readonly storage?: number };
  /** Whether nothing new begins after the first failure; the other resources go on unless given. */
  readonly failFast?: boolean;
  /** Whether the guests that it has created are destroyed again where a step fails; they stay unless given. */
  readonly rollbackOnFailure?: boolean;
  /**
   * The documents of the plan, for their secrets, which a plan does not hold: they are read again. A plan that this
   * process has made needs none.
   */
  readonly documents?: Documents;
}

/**
 * A client of the Proxmox VE API that knows every endpoint of the newest version: its parameters and its answer. It
 * sends nothing until the first request. Throws `CONFIG` for an endpoint, credentials or fingerprint that are none.
 */
export function createPveClient(options: PveClientOptions): PveApi {
  return typedApi(createClient(options));
}

function load({ cwd = process.cwd(), ...documents }: Documents): ReturnType<typeof loadChecked> {
  const { text, env = process.env, variables = {} } = documents;
  const readStdin = async (): Promise<Uint8Array> => new TextEncoder().encode(text ?? '');
  return loadChecked(text === undefined ? (documents.paths ?? []) : ['-'], {
    ...{ cwd, readStdin, env },
    variables: new Map(Object.entries(variables)),
  });
}

/** What is known of a plan that this process has made, and stands in no plan. */
interface Made {
  readonly secrets: SecretSource;
  readonly replan: (pve: PveClient) => Replan;
}

const madePlans = new WeakMap<Plan, Made>();

function throwErrors(message: string, diagnostics: readonly Diagnostic[], code?: ErrorCode): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  const details = errors.map(({ range, summary, detail }) => {
    const place = range === undefined ? '' : `${range.file}:${range.line}:${range.column}: `;
    return `${place}${summary}: ${detail}`;
  });
  throw new PvevmError(code ?? first.code, message, { details });
}

/** Checks documents: their schema, and the rules between fields. Nothing is contacted, and nothing thrown. */
export async function validate(documents: Documents): Promise<Validation> {
  const { valid, resources, diagnostics } = await load(documents);
  const listed = resources.map(({ address, range }) => ({ address, file: range.file, line: range.line }));
  return { valid, resources: listed, diagnostics };
}

/**
 * Reads the live cluster and makes the plan that brings it to what the documents say. What only the cluster can tell is
 * among the plan's diagnostics: where one of them is an error, the plan cannot be applied. Throws `SPEC_INVALID` for
 * documents that are wrong, with each mistake in `details`, and where the cluster cannot be read.
 */
export async function plan({ pve, adopt, rotateSecrets = false, ...documents }: PlanRequest): Promise<Plan> {
  const loaded = await load(documents);
  const { resources, project, diagnostics } = loaded;
  throwErrors('cannot plan: the documents are wrong', diagnostics, 'SPEC_INVALID');
  const planWith = (client: PveClient, wanted: CheckedDocuments): Promise<Plan> => {
    const read = { pve: client, user: client.user, clock: systemClock };
    const options = { resources: wanted.resources, project, ...read, rotateSecrets };
    return createPlan({ ...options, ...(adopt === undefined ? {} : { adopt }) });
  };
  const made = await planWith(pve, loaded);
  const whole = { ...made, diagnostics: [...diagnostics, ...made.diagnostics] };
  madePlans.set(whole, {
    secrets: secretsOf(resources),
    replan: (client) => replanFrom(loaded, 'with needs', (wanted) => planWith(client, wanted)),
  });
  return whole;
}

/** The secrets of a plan: of the documents, where these are given, or else as they were when it was made. */
async function secretsFor(plan: Plan, documents: Documents | undefined): Promise<SecretSource> {
  if (documents === undefined) return madePlans.get(plan)?.secrets ?? (() => undefined);
  const { resources, diagnostics } = await load(documents);
  throwErrors('cannot apply the plan: its documents are wrong', diagnostics, 'SPEC_INVALID');
  return secretsOf(resources);
}

/**
 * Carries a plan out, and says what it came to; a step that fails is not thrown. A guest that somebody else changes
 * meanwhile is planned anew once, where this process has made the plan, and gone on with unless that takes more than the
 * plan named. Throws before the first write: `CONSENT`
 * where the plan has an effect that is not allowed, `STALE` where it was made for another cluster or resources are not as it
 * found them (all of them are named), `CONFIG` where a secret is missing, and the code of its first error where it has one.
 */
export async function apply(request: ApplyRequest): Promise<ApplyResult> {
  const { plan, pve, onEvent, allow = [], documents, rollbackOnFailure, ...options } = request;
  const allowed = new Set<string>(allow);
  throwErrors('cannot apply the plan: it has errors', plan.diagnostics);
  throwErrors('cannot apply the plan: an effect is not allowed', missingConsent(plan, allowed));
  const secrets = await secretsFor(plan, documents);
  requireSecrets(plan, secrets);
  await checkCluster(plan, pve);
  await checkStale(plan, pve);
  return applyPlan({
    ...{ ...options, plan, pve, secrets, allowed, clock: systemClock, onEvent: onEvent ?? (() => undefined) },
    replan: madePlans.get(plan)?.replan(pve),
    rollback: rollbackOnFailure === true ? rollbackFrom(plan, pve, systemClock) : undefined,
  });
}
