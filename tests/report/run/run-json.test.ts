import { expect, it } from 'vitest';
import type { ApplyEventBody } from '../../../src/core/event.ts';
import { leftResult } from '../../../src/report/run/run-json.ts';
import { createRunRecord, recordEvent } from '../../../src/report/run/run-summary.ts';
import { plan, resource, step } from '../plans.ts';

it('R-28: a run that is left at once counts the steps of a new plan, and not those that it has replaced', () => {
  const titles = ['create', 'set serial console', 'start'];
  const first = titles.map((title, index) => step(`vm/web-01#${index + 1}`, title));
  const anew = ['change cpu', 'set serial console', 'start', 'wait'].map((title, index) =>
    step(`vm/web-01#${index + 4}`, title),
  );
  const finished = (at: number, outcome: 'ok' | 'replanned', of = first): ApplyEventBody => ({
    ...{ type: 'step.finished', resource: 'vm/web-01', step: of[at]?.id ?? '', title: of[at]?.title ?? '' },
    ...{ index: at + 1, of: of.length, outcome, durationMs: 1, warnings: [] },
  });
  const record = createRunRecord();
  const bodies: readonly ApplyEventBody[] = [
    finished(0, 'ok'),
    ...[finished(1, 'replanned'), finished(2, 'replanned')],
    { type: 'resource.replanned', resource: 'vm/web-01', reason: 'changed', plan: resource({ steps: anew }) },
    ...[finished(0, 'ok', anew), finished(1, 'ok', anew), finished(2, 'ok', anew)],
  ];
  for (const [index, body] of bodies.entries()) recordEvent(record, { seq: index + 1, elapsedMs: index, ...body });
  const { counts } = leftResult(plan([resource({ action: 'create', steps: first })]), record, []);
  expect(counts).toEqual({ done: 4, failed: 0, skipped: 1 });
});
