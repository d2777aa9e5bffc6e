import type { Address } from '../core/address.ts';
import { assertNever } from '../core/assert-never.ts';
import type { ApplyEvent, StepOutcome } from '../core/event.ts';
import type { Plan, ResourcePlan } from '../core/plan.ts';
import { redact } from '../core/redact.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { displayDuration } from '../core/units.ts';
import type { Theme } from './theme.ts';

type FinishedEvent = Extract<ApplyEvent, { readonly type: 'resource.finished' }>;
type StepEvent = Extract<ApplyEvent, { readonly type: 'step.finished' }>;

/** What a run has come to so far, as its events say. */
export interface RunRecord {
  readonly finished: Map<Address, FinishedEvent>;
  readonly steps: StepEvent[];
  elapsedMs: number;
}

/** An empty record. */
export function createRunRecord(): RunRecord {
  return { finished: new Map(), steps: [], elapsedMs: 0 };
}

/** Takes an event into the record. */
export function recordEvent(record: RunRecord, event: ApplyEvent): void {
  record.elapsedMs = event.elapsedMs;
  switch (event.type) {
    case 'resource.finished':
      record.finished.set(event.resource, event);
      break;
    case 'step.finished':
      record.steps.push(event);
      break;
    case 'run.started':
    case 'step.started':
    case 'step.progress':
    case 'run.finished':
      break;
    default:
      assertNever(event);
  }
}

const clean = (text: string): string => sanitizeLine(redact(text));
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function stepTitles(record: RunRecord, resource: ResourcePlan, outcome: StepOutcome): readonly string[] {
  return record.steps
    .filter((step) => step.resource === resource.address && step.outcome === outcome)
    .map((step) => clean(step.title));
}

function leftOver(record: RunRecord, resource: ResourcePlan): string {
  const parts = (['ok', 'failed', 'skipped'] as const).flatMap((outcome) => {
    const titles = stepTitles(record, resource, outcome);
    const word = { ok: 'done', failed: 'failed', skipped: 'not done' }[outcome];
    return titles.length === 0 ? [] : [`${word}: ${titles.join(', ')}`];
  });
  const event = record.finished.get(resource.address);
  const exists = event?.created === true ? ` (it exists, as ${event.vmid} on ${clean(event.node)})` : '';
  const reason = event?.reason === undefined ? '' : ` (${clean(event.reason)})`;
  return `  ${clean(resource.address)}${exists}   ${parts.join('; ')}${reason}`;
}

/**
 * The end of a run for people: how many resources came to their state; and where some did not, what was done, what was
 * not, and the command that continues.
 */
export function formatRunSummary(plan: Plan, record: RunRecord, continuation: string, theme: Theme): string {
  const work = plan.resources.filter((resource) => resource.steps.length > 0);
  const isDone = ({ address }: ResourcePlan): boolean => record.finished.get(address)?.outcome === 'ok';
  const done = (action: ResourcePlan['action']): number =>
    work.filter((resource) => resource.action === action && isDone(resource)).length;
  const open = work.filter((resource) => !isDone(resource));
  const ran = record.steps.filter((step) => step.outcome === 'ok').length;
  const total = work.reduce((sum, resource) => sum + resource.steps.length, 0);
  const steps = ran === total ? counted(total, 'step') : `${ran} of ${counted(total, 'step')}`;
  const applied = `${theme.strong(open.length === 0 ? 'Applied:' : 'Applied in part:')} ${done('create')} added, ${done('update')} changed, ${done('delete')} destroyed.`;
  const lines = [`${applied} ${steps} in ${displayDuration(record.elapsedMs)}.`];
  if (open.length > 0) {
    lines.push('Not finished:', ...open.map((resource) => leftOver(record, resource)));
    lines.push(`To continue, run: ${clean(continuation)}`);
  }
  return `${lines.join('\n')}\n`;
}
