import { describe, expect, it } from 'vitest';
import type { ApplyEvent, ApplyEventBody, ErrorInfo, StepOutcome } from '../../src/core/event.ts';
import { createEventsJson } from '../../src/report/events-json.ts';
import { createEventsText } from '../../src/report/events-text.ts';
import { createRunRecord, formatRunSummary, recordEvent } from '../../src/report/run-summary.ts';
import { createTheme } from '../../src/report/theme.ts';
import { plan, resource, step } from './plans.ts';

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

function show(bodies: readonly ApplyEventBody[], isTerminal = false): string {
  let text = '';
  const render = createEventsText({
    ...{ plan: twoGuests, theme, isTerminal, width: 60 },
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

describe('elsewhere than on a terminal', () => {
  it('writes a line for each step that ended', () => {
    expect(
      show([started('vm/web-01#1'), finished('vm/web-01#1', 'ok', 1234), finished('vm/web-01#2', 'ok', 12_345)]),
    ).toBe('✓ vm/web-01  create         1.2 s\n✓ vm/web-01  start          12 s\n');
  });

  it('says every 10 s that a step still runs, and the last line of its log', () => {
    const beats = [3000, 9999, 10_100, 15_000, 25_000].map((ms) => progress('vm/web-01#1', ms, `at ${ms}`));
    expect(show([started('vm/web-01#1'), ...beats])).toBe(
      '… vm/web-01  create         10 s  at 10100\n… vm/web-01  create         25 s  at 25000\n',
    );
  });

  it('R-29: shows the error of a step, its log and its hints, and which steps were skipped', () => {
    expect(show([finished('vm/web-01#1', 'failed', 500, failure), finished('vm/web-01#2', 'skipped')])).toBe(
      `✗ vm/web-01  create         0.5 s
    cannot start guest 101: start failed
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
      progress('vm/web-01#1', 10_000, '\x1b[2J'),
      finished('vm/web-01#1', 'failed', 1, error),
    ]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('\\x1b[2J');
  });
});

describe('on a terminal', () => {
  it('rewrites one line while a step runs, and leaves the finished one', () => {
    const text = show(
      [started('vm/web-01#1'), progress('vm/web-01#1', 3200), finished('vm/web-01#1', 'ok', 3300)],
      true,
    );
    expect(text.split('\r\x1b[K')).toEqual([
      '',
      '… vm/web-01  create         0 s',
      '… vm/web-01  create         3 s',
      '✓ vm/web-01  create         3.3 s\n',
    ]);
  });

  it('keeps the line of what still runs below what has ended, and no wider than the terminal', () => {
    const text = show(
      [
        started('vm/web-01#1'),
        started('vm/db-01#1'),
        progress('vm/db-01#1', 1000, 'x'.repeat(80)),
        finished('vm/db-01#1', 'ok'),
      ],
      true,
    );
    const parts = text.split('\r\x1b[K');
    expect(parts[2]).toBe('… vm/db-01   change memory  0 s  (and 1 more)');
    expect(parts[3]).toHaveLength(59);
    expect(parts.slice(-2)).toEqual(['✓ vm/db-01   change memory  0.0 s\n', '… vm/web-01  create         0 s']);
  });
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
});

it('as JSON, each event is one line, without a character that a terminal would obey', () => {
  const lines: string[] = [];
  const render = createEventsJson((text) => lines.push(text));
  const events = stamped([started('vm/web-01#1'), progress('vm/web-01#1', 5, 'a\n\u009b')]);
  for (const event of events) render(event);
  expect(lines.join('')).toMatch(/^[\n\x20-\x7e]+$/);
  expect(lines.map((line) => JSON.parse(line))).toEqual(events);
  expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
});
