import { expect, it } from 'vitest';
import type { ApplyEvent, ApplyEventBody } from '../../../src/core/event.ts';
import { formatRunMarkdown } from '../../../src/report/markdown/run-markdown.ts';
import { createRunRecord, recordEvent } from '../../../src/report/run/run-summary.ts';
import { plan, resource, step } from '../plans.ts';

const titles = ['create', 'start'] as const;

/** The run of a new guest with the first so many steps. */
function format(count: number): string {
  const steps = titles.slice(0, count).map((title, index) => step(`vm/web-01#${index + 1}`, title));
  const done = plan([resource({ action: 'create', steps })]);
  const record = createRunRecord();
  const bodies: readonly ApplyEventBody[] = [
    ...steps.map(
      ({ id, title, resource: address }, index): ApplyEventBody => ({
        ...{ type: 'step.finished', resource: address, step: id, title, index: index + 1, of: count },
        ...{ outcome: 'ok', durationMs: 1500, warnings: [] },
      }),
    ),
    {
      ...{ type: 'resource.finished', resource: 'vm/web-01', outcome: 'ok', node: 'pve1', vmid: 104, created: true },
    },
  ];
  for (const [index, body] of bodies.entries()) {
    const event: ApplyEvent = { seq: index + 1, elapsedMs: 1500, ...body };
    recordEvent(record, event);
  }
  const clean = (text: string): string => text;
  return formatRunMarkdown({ plan: done, record, continuation: 'pvevm apply', limit: 10_000, clean });
}

it('counts the steps of a run, and lists them folded', () => {
  expect(format(1)).toContain('<details><summary>1 step</summary>\n\n```text\ndone  1.5 s  vm/web-01  create\n```\n');
  expect(format(2)).toContain('<details><summary>2 steps</summary>\n');
});
