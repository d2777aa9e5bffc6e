import type { Address } from '../../core/address.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { PvevmError } from '../../core/error.ts';
import { type GuestPlan, isGuestPlan, type ResourcePlan } from '../../core/plan.ts';
import type { Step } from '../../core/step.ts';
import type { PveReader } from '../../pve/reader.ts';
import { consentFor } from '../consent.ts';
import { classifyFailedWrite } from '../recovery/classify.ts';
import { withDetails } from '../recovery/lost-words.ts';
import { type GuestSession, incarnationOf } from '../step/guest-session.ts';
import { newDeeds } from './deeds.ts';
import { keepStart } from './keep-start.ts';

/**
 * Plans one resource anew, from the documents and options of the run: its plan, or the errors that stand in the way; an
 * empty list where no document describes it.
 */
export type Replan = (address: Address) => Promise<ResourcePlan | readonly Diagnostic[]>;

/** What planning anew rests on. */
export interface Replanning {
  readonly replan: Replan;
  /** What was allowed for the run, as `--allow` has it. */
  readonly allowed: ReadonlySet<string>;
  readonly pve: PveReader;
}

/** What was being done with a guest when it turned out to be otherwise than planned. */
export interface Interrupted {
  readonly plan: GuestPlan;
  readonly session: GuestSession;
  /** The step that failed, and those after it. */
  readonly left: readonly Step[];
}

/** Whether a failure is a reason to look again: somebody else was faster, or nobody can tell what became of a write. */
export function isWorthReplanning(error: unknown): error is PvevmError {
  if (!(error instanceof PvevmError)) return false;
  return error.code === 'UNKNOWN_OUTCOME' || classifyFailedWrite(error) === 'stale';
}

/** A failure that remains, with what came of planning anew. */
function refused(
  cause: PvevmError,
  code: PvevmError['code'],
  why: string,
  details: readonly string[],
  hints: readonly string[],
): PvevmError {
  return new PvevmError(code, `${cause.message}; ${why}`, {
    ...{ cause, details: [...cause.details, ...details], hints: hints.length === 0 ? cause.hints : hints },
    ...(cause.upid === undefined ? {} : { upid: cause.upid }),
  });
}

async function madeAnew(error: PvevmError, address: Address, replan: Replan): Promise<ResourcePlan> {
  let made: ResourcePlan | readonly Diagnostic[];
  try {
    made = await replan(address);
  } catch (failure) {
    if (!(failure instanceof PvevmError)) throw failure;
    throw refused(error, error.code, `planning ${address} anew failed`, [failure.message], error.hints);
  }
  if (!('length' in made)) return made;
  if (made.length === 0) throw error;
  const details = made.map(({ summary, detail }) => `${summary}: ${detail}`);
  throw refused(error, error.code, `a new plan of ${address} has errors`, details, []);
}

/** Whether a new plan is for the guest that the run has worked on, and not for another one of its id. */
function isSameGuest(made: ResourcePlan, { plan, session }: Interrupted): made is GuestPlan {
  const { vmid, incarnation } = made;
  if (!isGuestPlan(made) || vmid !== session.vmid || incarnation === null) return false;
  if (plan.incarnation !== null) return incarnation === plan.incarnation;
  const kind = incarnation.slice(0, incarnation.indexOf('='));
  return session.seen !== undefined && `${kind}=${incarnationOf(session.seen, kind)}` === incarnation;
}

/** Throws where a new plan does what nobody has agreed to: the first one did not name it. */
function requireSameDeeds(
  error: PvevmError,
  made: GuestPlan,
  left: readonly Step[],
  allowed: ReadonlySet<string>,
): void {
  const deeds = newDeeds(made.steps, left);
  if (deeds.length === 0) return;
  const consents = new Set(made.steps.flatMap(consentFor));
  const missing = deeds.filter((deed) => consents.has(deed) && !allowed.has(deed));
  const flags = missing.length === 0 ? '' : ` with --allow ${missing.join(',')}`;
  throw refused(
    error,
    missing.length === 0 ? 'STALE' : 'CONSENT',
    `a new plan of ${made.address} does what the first one did not: ${deeds.join(', ')}`,
    [`The new plan: ${made.steps.map(({ title }) => title).join(', ')}`],
    [`Look at a new plan, pvevm plan, and run the command again${flags}.`],
  );
}

/**
 * The plan by which a run goes on with a guest that was otherwise than planned, numbered on from the first plan. Throws
 * the failure itself where the guest is another one or is gone, or no document describes it; and one that says so where
 * the new plan has errors or does what the first one did not name: `CONSENT` where that has to be allowed, else `STALE`.
 */
export async function planAnew(
  error: PvevmError,
  interrupted: Interrupted,
  { replan, allowed, pve }: Replanning,
): Promise<GuestPlan> {
  const { plan, left } = interrupted;
  const made = await madeAnew(error, plan.address, replan);
  if (!isSameGuest(made, interrupted)) throw error;
  requireSameDeeds(error, made, left, allowed);
  const steps = await keepStart(made, left, plan.vmidChosen, pve);
  const numbered = steps.map((step, index) => ({ ...step, id: `${plan.address}#${plan.steps.length + index + 1}` }));
  return { ...made, action: numbered.length > 0 && made.action === 'none' ? 'update' : made.action, steps: numbered };
}

/**
 * The plan of a guest that was planned anew before and is otherwise than planned once more, where nothing is left to do:
 * another run of the same documents has done the rest. Throws the failure itself where anything is.
 */
export async function nothingLeft(
  error: PvevmError,
  interrupted: Interrupted,
  replanning: Replanning,
): Promise<GuestPlan> {
  const made = await planAnew(error, interrupted, replanning).catch((failure: unknown) => {
    if (!(failure instanceof PvevmError)) throw failure;
    return undefined;
  });
  if (made?.steps.length === 0) return made;
  throw withDetails(error, ['It had been planned anew already, once.']);
}
