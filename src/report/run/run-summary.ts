import type { Address } from '../../core/address.ts';
import { assertNever } from '../../core/assert-never.ts';
import type { ApplyEvent } from '../../core/event.ts';
import type { Plan, ResourcePlan } from '../../core/plan.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Step } from '../../core/step.ts';
import { displayDuration } from '../../core/units.ts';
import type { Theme } from '../theme.ts';
import { wrapText } from '../wrap.ts';
import { type RolledBackEvent, rolledBackText } from './rollback-text.ts';

type FinishedEvent = Extract<ApplyEvent, { readonly type: 'resource.finished' }>;
type StepEvent = Extract<ApplyEvent, { readonly type: 'step.finished' }>;
type ReplannedEvent = Extract<ApplyEvent, { readonly type: 'resource.replanned' }>;

/** What a run has come to so far, as its events say. */
export interface RunRecord {
  readonly finished: Map<Address, FinishedEvent>;
  /** The steps of the plan, and of what was planned anew. */
  readonly steps: StepEvent[];
  readonly replanned: Map<Address, ReplannedEvent>;
  /** The steps of all new plans. */
  readonly anew: Step[];
  readonly rolledBack: Map<Address, RolledBackEvent>;
  /** The steps by which something was taken back. */
  readonly rollbackSteps: StepEvent[];
  /** Whether something may have been written; undefined while it runs. */
  wrote: boolean | undefined;
  /** Whether it was left at once, while steps went on. */
  isLeft: boolean;
  elapsedMs: number;
}

/** An empty record. */
export function createRunRecord(): RunRecord {
  return {
    ...{ finished: new Map(), steps: [], wrote: undefined, isLeft: false, elapsedMs: 0 },
    ...{ replanned: new Map(), anew: [], rolledBack: new Map(), rollbackSteps: [] },
  };
}

/** Takes an event into the record. */
export function recordEvent(record: RunRecord, event: ApplyEvent): void {
  record.elapsedMs = event.elapsedMs;
  switch (event.type) {
    case 'resource.finished':
      record.finished.set(event.resource, event);
      break;
    case 'step.finished':
      (event.rollback === true ? record.rollbackSteps : record.steps).push(event);
      break;
    case 'resource.replanned':
      record.replanned.set(event.resource, event);
      record.anew.push(...event.plan.steps);
      break;
    case 'resource.rolledBack':
      record.rolledBack.set(event.resource, event);
      break;
    case 'rollback.started':
    case 'run.started':
    case 'step.started':
    case 'step.progress':
      break;
    case 'run.finished':
      record.wrote = event.wrote;
      record.isLeft = event.tasks !== undefined;
      break;
    default:
      assertNever(event);
  }
}

const clean = (text: string): string => sanitizeLine(redact(text));
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** How many steps a run has by now: those of the plan, with those of new plans in the place of what they replace. */
export function countSteps(plan: Plan, { anew, steps }: Pick<RunRecord, 'anew' | 'steps'>): number {
  const replaced = steps.filter((step) => step.outcome === 'replanned').length;
  return plan.resources.reduce((sum, resource) => sum + resource.steps.length, anew.length - replaced);
}

/** Whether a resource is another run's doing: planned anew, it was there already, or had only to be waited for. */
function isOthers({ address, steps }: ResourcePlan, record: RunRecord): boolean {
  if (!record.replanned.has(address)) return false;
  const sent = new Set([...steps, ...record.anew].flatMap(({ id, request }) => (request === undefined ? [] : id)));
  return !record.steps.some(({ outcome, step }) => outcome === 'ok' && sent.has(step));
}

function stepsByResource({ steps }: RunRecord): ReadonlyMap<Address, readonly StepEvent[]> {
  const byResource = new Map<Address, StepEvent[]>();
  for (const step of steps) {
    const others = byResource.get(step.resource);
    if (others === undefined) byResource.set(step.resource, [step]);
    else others.push(step);
  }
  return byResource;
}

function leftOver(record: RunRecord, resource: ResourcePlan, ran: readonly StepEvent[]): string {
  const parts = (['ok', 'failed', 'skipped'] as const).flatMap((outcome) => {
    const titles = ran.filter((step) => step.outcome === outcome).map((step) => clean(step.title));
    const word = { ok: 'done', failed: 'failed', skipped: 'not done' }[outcome];
    return titles.length === 0 ? [] : [`${word}: ${titles.join(', ')}`];
  });
  // Where a run is left at once, steps go on, and others were never told of.
  const ended = new Set(ran.map(({ step }) => step));
  const open = resource.steps.filter(({ id }) => !ended.has(id)).map(({ title }) => clean(title));
  if (record.isLeft && open.length > 0) parts.push(`not ended: ${open.join(', ')}`);
  const event = record.finished.get(resource.address);
  const isGone = record.rolledBack.get(resource.address)?.outcome === 'destroyed';
  const exists = event?.created === true && !isGone ? ` (it exists, as ${event.vmid} on ${clean(event.node)})` : '';
  const reason = event?.reason === undefined ? '' : ` (${clean(event.reason)})`;
  return `  ${clean(resource.address)}${exists}   ${parts.join('; ')}${reason}`;
}

/** What is too wide goes on below; all in one line where nobody says how wide that may be. */
function inLines(text: string, width: number | undefined): readonly string[] {
  const [first = '', ...rest] = width ? wrapText(text, width - 4) : [text];
  return [first, ...rest.map((line) => `    ${line}`)];
}

/**
 * The end of a run for people: how many resources came to their state; and where some did not, what was done, what was
 * not, and the command that continues. It is wrapped where somebody says to how many columns.
 */
export function formatRunSummary(
  plan: Plan,
  record: RunRecord,
  continuation: string,
  theme: Theme,
  width?: number,
): string {
  const work = plan.resources.filter((resource) => resource.steps.length > 0);
  const isDone = ({ address }: ResourcePlan): boolean =>
    record.finished.get(address)?.outcome === 'ok' && record.rolledBack.get(address)?.outcome !== 'destroyed';
  const ran = record.steps.filter((step) => step.outcome === 'ok');
  const open = work.filter((resource) => !isDone(resource));
  const isVain = open.length > 0 && record.wrote === false;
  const own = isVain ? [] : work.filter((resource) => isDone(resource) && !isOthers(resource, record));
  const done = (action: ResourcePlan['action']): number => own.filter((resource) => resource.action === action).length;
  const total = countSteps(plan, record);
  const steps = ran.length === total ? counted(total, 'step') : `${ran.length} of ${counted(total, 'step')}`;
  const head = open.length === 0 ? 'Applied:' : isVain ? 'Not applied:' : 'Applied in part:';
  const applied = `${theme.strong(head)} ${done('create')} added, ${done('update')} changed, ${done('delete')} destroyed.`;
  const lines = [`${applied} ${steps} in ${displayDuration(record.elapsedMs)}.`];
  for (const { resource, reason, plan: made } of record.replanned.values()) {
    const outcome = made.steps.length === 0 ? ', and nothing was left to do' : '';
    lines.push(...inLines(`Planned anew${outcome}: ${clean(resource)} (${clean(reason)})`, width));
  }
  if (open.length > 0) {
    const byResource = stepsByResource(record);
    const left = open.map((resource) => leftOver(record, resource, byResource.get(resource.address) ?? []));
    lines.push('Not finished:', ...left.flatMap((text) => inLines(text, width)));
    if (record.rolledBack.size > 0) {
      const told = [...record.rolledBack.values()].map((event) => `  ${rolledBackText(event)}`);
      lines.push('Taken back:', ...told.flatMap((line) => inLines(line, width)));
    }
    lines.push(`To continue, run: ${clean(continuation)}`);
  }
  return `${lines.join('\n')}\n`;
}
