import { describe, expect, it } from 'vitest';
import type { ApplyEvent, ApplyEventBody, ErrorInfo, StepOutcome } from '../../../src/core/event.ts';
import type { ResourcePlan } from '../../../src/core/plan.ts';
import type { Step, StepRequest } from '../../../src/core/step.ts';
import { createEventsJson } from '../../../src/report/run/events-json.ts';
import { createEventsText } from '../../../src/report/run/events-text.ts';
import { createRunRecord, formatRunSummary, recordEvent } from '../../../src/report/run/run-summary.ts';
import { createTheme } from '../../../src/report/theme.ts';
import { plan, resource, step } from '../plans.ts';

const theme = createTheme(false);

const twoGuests = plan([
  resource({ action: 'create', steps: [step('vm/web-01#1', 'create'), step('vm/web-01#2', 'start')] }),
  resource({ address: 'vm/db-01', steps: [step('vm/db-01#1', 'change memory')] }),
]);

function ref(id: string) {
  const found = twoGuests.resources.flatMap(({ steps }) => steps).find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no step ${id}`);
  return { resource: found.resource, step: id, title: found.title, index: Number(id.slice(-1)), of: 2 };
}

const started = (id: string): ApplyEventBody => ({ type: 'step.started', ...ref(id) });
const progress = (id: string, runningMs: number, line?: string): ApplyEventBody => ({
  ...{ type: 'step.progress', ...ref(id), runningMs },
  ...(line === undefined ? {} : { line }),
});
const waiting = (id: string, runningMs: number, waitingFor: string): ApplyEventBody => ({
  ...{ type: 'step.progress', ...ref(id), runningMs, waitingFor },
});
const finished = (id: string, outcome: StepOutcome, durationMs = 0, error?: ErrorInfo): ApplyEventBody => ({
  ...{ type: 'step.finished', ...ref(id), outcome, durationMs, warnings: [] },
  ...(error === undefined ? {} : { error }),
});
const ended = (address: 'vm/web-01' | 'vm/db-01', outcome: StepOutcome, created = false): ApplyEventBody => ({
  ...{ type: 'resource.finished', resource: address, outcome, node: 'pve2', vmid: 101, created },
});

function stamped(bodies: readonly ApplyEventBody[]): readonly ApplyEvent[] {
  return bodies.map((body, index) => ({ seq: index + 1, elapsedMs: index * 100, ...body }));
}

function show(bodies: readonly ApplyEventBody[], isLive = false, width = 100): string {
  let text = '';
  const render = createEventsText({
    ...{ plan: twoGuests, theme, isLive, width },
    write: (part) => {
      text += part;
    },
  });
  for (const event of stamped(bodies)) render(event);
  return text;
}

function summarize(bodies: readonly ApplyEventBody[]): string {
  const record = createRunRecord();
  for (const event of stamped(bodies)) recordEvent(record, event);
  return formatRunSummary(twoGuests, record, 'pvevm apply vm.yaml', theme);
}

const failure: ErrorInfo = {
  code: 'TASK_FAILED',
  message: 'cannot start guest 101: start failed',
  details: ['kvm: no memory', 'TASK ERROR: start failed'],
  hints: ['Give it less memory.'],
};

describe('where no live tree is drawn', () => {
  it('writes a line for each step that ended', () => {
    expect(
      show([started('vm/web-01#1'), finished('vm/web-01#1', 'ok', 1234), finished('vm/web-01#2', 'ok', 12_345)]),
    ).toBe('✓ vm/web-01  create         1.2 s\n✓ vm/web-01  start          12 s\n');
  });

  it('says after half a minute, and then every minute, that a step still runs, and the last line of its log', () => {
    const beats = Array.from({ length: 80 }, (_one, index) =>
      progress('vm/web-01#1', index * 2000 + 100, `transferred ${index}.0 GiB of 80.0 GiB (${index}%)`),
    );
    expect(show([started('vm/web-01#1'), ...beats])).toBe(
      `… vm/web-01  create         30 s  transferred 15.0 GiB of 80.0 GiB (15%)
… vm/web-01  create         1 min 30 s  transferred 45.0 GiB of 80.0 GiB (45%)
… vm/web-01  create         2 min 30 s  transferred 75.0 GiB of 80.0 GiB (75%)
`,
    );
  });

  it('R-26: says what a step waits for once it has for a while, and again at the pace of the log', () => {
    const waits = [100, 600, 1400, 2700, 4700, 8000, 13_200, 21_600, 35_000, 65_000].map((ms) =>
      waiting('vm/web-01#1', ms, 'lock backup of guest 104'),
    );
    const next = waiting('vm/web-01#1', 70_000, 'storage ceph-pool: 2 other steps');
    const later = waiting('vm/web-01#1', 74_000, 'storage ceph-pool: 1 other step');
    expect(show([started('vm/web-01#1'), ...waits, progress('vm/web-01#1', 66_000), next, later])).toBe(
      `… vm/web-01  create         4 s  waiting for lock backup of guest 104
… vm/web-01  create         35 s  waiting for lock backup of guest 104
… vm/web-01  create         1 min 14 s  waiting for storage ceph-pool: 1 other step
`,
    );
  });

  it('R-29: shows the error of a step, its log and its hints, and which steps were skipped', () => {
    expect(show([finished('vm/web-01#1', 'failed', 500, failure), finished('vm/web-01#2', 'skipped')])).toBe(
      `✗ vm/web-01  create         0.5 s
    cannot start guest 101: start failed [PVEVM-TASK-FAILED]
      kvm: no memory
      TASK ERROR: start failed
    Give it less memory.
- vm/web-01  start          skipped
`,
    );
  });

  it('shows the warnings of a step', () => {
    const event = { ...finished('vm/web-01#1', 'ok'), warnings: ['storage is nearly full'] } as ApplyEventBody;
    expect(show([event])).toBe('✓ vm/web-01  create         0.0 s\n    warning: storage is nearly full\n');
  });

  it('R-50: sends no control character of a server', () => {
    const error = { ...failure, message: '\x1b[31m', details: ['\u009b\x07'], hints: ['\u202e'] };
    const text = show([
      started('vm/web-01#1'),
      progress('vm/web-01#1', 40_000, '\x1b[2J'),
      finished('vm/web-01#1', 'failed', 1, error),
    ]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('\\x1b[2J');
  });
});

it('leaves what runs to the live tree where there is one', () => {
  const bodies = [started('vm/web-01#1'), progress('vm/web-01#1', 60_000), finished('vm/web-01#1', 'ok', 61_000)];
  expect(show(bodies, true)).toBe('✓ vm/web-01  create         1 min 1 s\n');
  expect(show(bodies)).toContain('… vm/web-01  create         1 min 0 s\n');
});

it('gives the duration its column only where a line is wide enough for that', () => {
  expect(show([finished('vm/web-01#1', 'ok', 1234)], true, 30)).toBe('✓ vm/web-01  create  1.2 s\n');
});

describe('the summary', () => {
  it('counts resources and steps', () => {
    expect(
      summarize([
        finished('vm/web-01#1', 'ok'),
        finished('vm/web-01#2', 'ok'),
        ended('vm/web-01', 'ok', true),
        finished('vm/db-01#1', 'ok'),
        ended('vm/db-01', 'ok'),
      ]),
    ).toBe('Applied: 1 added, 1 changed, 0 destroyed. 3 steps in 0.4 s.\n');
  });

  it('says after a failure what was done, what was not, and how to go on', () => {
    expect(
      summarize([
        finished('vm/web-01#1', 'ok'),
        finished('vm/web-01#2', 'failed', 1, failure),
        ended('vm/web-01', 'failed', true),
        finished('vm/db-01#1', 'skipped'),
        ended('vm/db-01', 'skipped'),
      ]),
    ).toBe(`Applied in part: 0 added, 0 changed, 0 destroyed. 1 of 3 steps in 0.4 s.
Not finished:
  vm/web-01 (it exists, as 101 on pve2)   done: create; failed: start
  vm/db-01   not done: change memory
To continue, run: pvevm apply vm.yaml
`);
  });

  it('counts nothing of what somebody else has brought to its state meanwhile, and says so', () => {
    const { steps: _, ...db } = twoGuests.resources[1] as ResourcePlan;
    const reason = 'checksum mismatch';
    const bodies: readonly ApplyEventBody[] = [
      finished('vm/web-01#1', 'failed', 1, failure),
      finished('vm/web-01#2', 'skipped'),
      ended('vm/web-01', 'failed'),
      { type: 'step.finished', ...ref('vm/db-01#1'), outcome: 'replanned', durationMs: 0, warnings: [], reason },
      { type: 'resource.replanned', resource: 'vm/db-01', reason, plan: { ...db, changes: [], steps: [] } },
      ended('vm/db-01', 'ok'),
      { type: 'run.finished', outcome: 'failed', counts: { done: 0, failed: 1, skipped: 1 }, wrote: false },
    ];
    expect(summarize(bodies)).toBe(`Not applied: 0 added, 0 changed, 0 destroyed. 0 of 2 steps in 0.6 s.
Planned anew, and nothing was left to do: vm/db-01 (checksum mismatch)
Not finished:
  vm/web-01   failed: create; not done: start
To continue, run: pvevm apply vm.yaml
`);
  });

  it('counts what was planned anew where it has written something itself, and not where it has only waited', () => {
    const reason = 'checksum mismatch';
    const summaryOf = (request: StepRequest | undefined): string => {
      const anew = step('vm/db-01#2', 'power', request === undefined ? {} : { request });
      const made = { ...(twoGuests.resources[1] as ResourcePlan), steps: [anew] };
      const { resource: address, id, title } = anew;
      return summarize([
        finished('vm/web-01#1', 'ok'),
        finished('vm/web-01#2', 'ok'),
        ended('vm/web-01', 'ok', true),
        { type: 'step.finished', ...ref('vm/db-01#1'), outcome: 'replanned', durationMs: 0, warnings: [], reason },
        { type: 'resource.replanned', resource: 'vm/db-01', reason, plan: made },
        {
          ...{ type: 'step.finished', resource: address, step: id, title, index: 1, of: 1 },
          ...{ durationMs: 1, outcome: 'ok', warnings: [] },
        },
        ended('vm/db-01', 'ok'),
      ]);
    };
    expect(summaryOf(undefined)).toBe(`Applied: 1 added, 0 changed, 0 destroyed. 3 steps in 0.6 s.
Planned anew: vm/db-01 (checksum mismatch)
`);
    const start = { method: 'POST', path: '/nodes/pve2/qemu/101/status/start', params: {} } as const;
    expect(summaryOf(start)).toMatch(/^Applied: 1 added, 1 changed, /);
  });

  it('counts what was written before a second new plan, by which nothing was left to do', () => {
    const reason = 'checksum mismatch';
    const first = { ...(twoGuests.resources[1] as ResourcePlan) };
    const request = { method: 'PUT', path: '/nodes/pve2/qemu/101/config', params: {} } as const;
    const anew = [2, 3].map((number) => step(`vm/db-01#${number}`, `write ${number}`, { request }));
    const ends = (of: Step | undefined, outcome: 'ok' | 'replanned'): ApplyEventBody => ({
      ...{ type: 'step.finished', resource: 'vm/db-01', step: of?.id ?? '', title: of?.title ?? '', index: 1, of: 2 },
      ...{ outcome, durationMs: 1, warnings: [] },
    });
    const replanned = (steps: readonly Step[]): ApplyEventBody => ({
      ...{ type: 'resource.replanned', resource: 'vm/db-01', reason, plan: { ...first, steps } },
    });
    const text = summarize([
      ...[finished('vm/web-01#1', 'ok'), finished('vm/web-01#2', 'ok'), ended('vm/web-01', 'ok', true)],
      ...[ends(first.steps[0], 'replanned'), replanned(anew), ends(anew[0], 'ok')],
      ...[ends(anew[1], 'replanned'), replanned([]), ended('vm/db-01', 'ok')],
    ]);
    expect(text).toBe(`Applied: 1 added, 1 changed, 0 destroyed. 3 steps in 0.8 s.
Planned anew, and nothing was left to do: vm/db-01 (checksum mismatch)
`);
  });

  it('counts nothing where nothing was written and something failed, whatever was waited for', () => {
    expect(
      summarize([
        finished('vm/web-01#1', 'failed', 1, failure),
        ended('vm/web-01', 'failed'),
        finished('vm/db-01#1', 'ok'),
        ended('vm/db-01', 'ok'),
        { type: 'run.finished', outcome: 'failed', counts: { done: 1, failed: 1, skipped: 0 }, wrote: false },
      ]),
    ).toMatch(/^Not applied: 0 added, 0 changed, 0 destroyed\. 1 of 3 steps /);
  });

  it('does not say that something was applied where nothing was written', () => {
    const counts = { done: 0, failed: 1, skipped: 0 };
    const bodies = [finished('vm/db-01#1', 'failed', 1, failure), ended('vm/db-01', 'failed')];
    const summaryOf = (wrote: boolean): string =>
      summarize([...bodies, { type: 'run.finished', outcome: 'failed', counts, wrote }]);
    expect(summaryOf(false)).toMatch(/^Not applied: 0 added, /);
    expect(summaryOf(true)).toMatch(/^Applied in part: 0 added, /);
  });
});

it('as JSON, each event is one line, without a character that a terminal would obey', () => {
  const lines: string[] = [];
  const render = createEventsJson((text) => lines.push(text));
  const events = stamped([started('vm/web-01#1'), progress('vm/web-01#1', 30_000, 'a\n\u009b')]);
  for (const event of events) render(event);
  expect(lines.join('')).toMatch(/^[\n\x20-\x7e]+$/);
  expect(lines.map((line) => JSON.parse(line))).toEqual(events);
  expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
});

it('as JSON, a running step is told of at the pace of a log, a wait at once, and the numbers have no gaps', () => {
  const lines: { seq: number; type: string; runningMs?: number; waitingFor?: string }[] = [];
  const render = createEventsJson((text) => void lines.push(JSON.parse(text)));
  const beats = Array.from({ length: 50 }, (_one, index) => progress('vm/web-01#1', index * 2000));
  const waits = [0, 500, 1300].map((ms) => waiting('vm/db-01#1', ms, 'storage ceph-pool: busy'));
  for (const event of stamped([started('vm/web-01#1'), ...beats, ...waits, finished('vm/web-01#1', 'ok')]))
    render(event);
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_line, index) => index + 1));
  expect(lines.map(({ type, runningMs, waitingFor }) => [type, runningMs, waitingFor])).toEqual([
    ['step.started', undefined, undefined],
    ['step.progress', 30_000, undefined],
    ['step.progress', 90_000, undefined],
    ['step.progress', 0, 'storage ceph-pool: busy'],
    ['step.finished', undefined, undefined],
  ]);
});
