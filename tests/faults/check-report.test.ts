import { expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/core/event.ts';
import type { ResourcePlan } from '../../src/core/plan.ts';
import type { Step } from '../../src/core/step.ts';
import { plan, resource, step } from '../report/plans.ts';
import { checkReport } from './check-report.ts';
import type { ProgramRun } from './program-run.ts';

const BOOT = (order: string, digest: string): Partial<Step> => ({
  request: { method: 'PUT', path: '/nodes/pve1/qemu/101/config', params: { boot: order, digest } },
});

/** What is wrong with a run that has planned its guest anew, and done all of that. */
function wrongWith(steps: readonly Step[]): readonly string[] {
  const made: ResourcePlan = resource({ steps });
  const events = [
    { type: 'resource.replanned', resource: 'vm/web-01', reason: 'changed', plan: made },
    { type: 'run.finished', outcome: 'ok', counts: { done: 0, failed: 0, skipped: 0 }, wrote: true },
  ].map((body, index) => ({ seq: index + 1, elapsedMs: 0, ...body })) as readonly ApplyEvent[];
  const result = { outcome: 'ok', wrote: true, counts: { done: 0, failed: 0, skipped: 0 }, errors: [] } as const;
  return checkReport({ plan: plan([]), result, events } satisfies ProgramRun);
}

it('a new plan that says and sends the same twice is told of, whatever the digests', () => {
  const steps = [step('vm/web-01#1', 'set boot order', BOOT('scsi0', 'a')), step('vm/web-01#2', 'wait')];
  expect(wrongWith(steps)).toEqual([]);
  expect(wrongWith([...steps, step('vm/web-01#3', 'set boot order', BOOT('net0', '{digest}'))])).toEqual([]);
  expect(wrongWith([...steps, step('vm/web-01#3', 'set boot order', BOOT('scsi0', '{digest}'))])).toEqual([
    'a plan of vm/web-01 has twice: set boot order',
  ]);
  expect(wrongWith([...steps, step('vm/web-01#3', 'wait')])).toEqual(['a plan of vm/web-01 has twice: wait']);
});
