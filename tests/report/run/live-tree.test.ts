import { expect, it } from 'vitest';
import type { Address } from '../../../src/core/address.ts';
import type { ApplyEvent } from '../../../src/core/event.ts';
import { type LiveLayout, liveLines, NOTHING_LIVE, nextLive } from '../../../src/report/run/live-tree.ts';
import { widthOf } from '../../../src/report/table.ts';
import { createTheme } from '../../../src/report/theme.ts';
import { at, begun, refOf } from '../live-events.ts';
import { resource, step } from '../plans.ts';

const layout: LiveLayout = { theme: createTheme(false), columns: 80, rows: 24, nowMs: 65_000, spinner: '*' };

function draw(events: readonly ApplyEvent[], more: Partial<LiveLayout> = {}): readonly string[] {
  return liveLines(events.reduce(nextLive, NOTHING_LIVE), { ...layout, ...more });
}

const started = (address: Address, elapsedMs: number, number = 1, title = 'create'): ApplyEvent =>
  at(elapsedMs, { type: 'step.started', ...refOf(address, number, title) });
const copying = at(60_000, {
  ...{ type: 'step.progress', ...refOf('vm/web-01'), runningMs: 60_000 },
  line: 'transferred 8.0 GiB of 32.0 GiB (25.00%)',
});
const waiting = at(60_000, {
  ...{ type: 'step.progress', ...refOf('vm/db-01', 2, 'register HA (started)'), runningMs: 1000 },
  waitingFor: 'lock backup of guest 104',
});
const run = [
  begun(3, 15),
  started('vm/web-01', 0),
  started('vm/db-01', 57_000, 2, 'register HA (started)'),
  copying,
  waiting,
];

it('shows each running step with its time, how far its task is, what it waits for, and how far the run is', () => {
  expect(draw(run)).toEqual([
    '* vm/web-01  1/5 create                 1 min 5 s  25%  transferred 8.0 GiB of…',
    '* vm/db-01   2/5 register HA (started)  8 s  waits for lock backup of guest 104',
    '  0 of 15 steps, 0 of 3 resources, 1 min 5 s',
  ]);
});

it('on a narrow terminal leaves out what the log says, and then the end of titles', () => {
  expect(draw(run, { columns: 48 })).toEqual([
    '* vm/web-01  1/5 create          1 min 5 s  25%',
    '* vm/db-01   2/5 register HA (…  8 s',
    '  0 of 15 steps, 0 of 3 resources, 1 min 5 s',
  ]);
});

it.each([12, 20, 40, 80, 140])('is never wider than a terminal of %i columns, whatever is in it', (columns) => {
  const wide = [
    started('vm/サーバー-01', 0, 1, '作成 🚀👩‍👩‍👧‍👦 '.repeat(9)),
    at(1, { type: 'step.progress', ...refOf('vm/サーバー-01'), runningMs: 1, line: '進行 '.repeat(60) }),
  ];
  for (const line of draw([...run, ...wide], { columns })) expect(widthOf(line)).toBeLessThan(columns);
});

it.each([1, 2, 3, 5, 24])('leaves a row free on a terminal of %i rows, and says what it does not show', (rows) => {
  const many = Array.from({ length: 30 }, (_one, index) => started(`vm/web-${index + 1}`, index));
  const lines = draw([begun(30, 150), ...many], { rows });
  expect(lines.length).toBe(Math.max(1, rows - 1));
  expect(lines.at(-1)).toContain('0 of 150 steps');
  if (rows > 2) expect(lines.at(-2)).toBe(`  and ${30 - Math.max(0, rows - 3)} more`);
});

it('forgets a step that has ended, and counts it', () => {
  const ended = at(2000, {
    ...{ type: 'step.finished', ...refOf('vm/web-01'), outcome: 'ok', durationMs: 2000, warnings: [] },
  });
  const finished = at(2000, {
    ...{ type: 'resource.finished', resource: 'vm/web-01', outcome: 'ok', node: 'pve1', vmid: 101, created: true },
  });
  expect(draw([begun(2, 2), started('vm/web-01', 0), ended, finished])).toEqual([
    '  1 of 2 steps, 1 of 2 resources, 1 min 5 s',
  ]);
});

it('counts the steps of a new plan in place of those they replace, and those of a rollback not at all', () => {
  const replaced = at(1, {
    ...{ type: 'step.finished', ...refOf('vm/web-01'), outcome: 'replanned', durationMs: 0, warnings: [] },
  });
  const plan = resource({ steps: [step('vm/web-01#2', 'one'), step('vm/web-01#3', 'two')] });
  const anew = at(1, { type: 'resource.replanned', resource: 'vm/web-01', reason: 'changed', plan });
  const undone = at(2, {
    ...{ type: 'step.finished', ...refOf('vm/web-01'), outcome: 'ok', durationMs: 0, warnings: [], rollback: true },
  });
  expect(draw([begun(1, 1), replaced, anew, undone])).toEqual(['  0 of 2 steps, 1 min 5 s']);
});

it('R-50: draws no control character of a server', () => {
  const hostile = at(1, { type: 'step.progress', ...refOf('vm/web-01'), runningMs: 1, line: '\x1b[2J\u009b' });
  const text = draw([begun(1, 1), started('vm/web-01', 0, 1, '\x1b]0;x\x07'), hostile]).join('');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(text).toContain('\\x1b');
});

it('R-48: draws no secret of a token that a log repeats', () => {
  const leaking = at(1, {
    ...{ type: 'step.progress', ...refOf('vm/web-01'), runningMs: 1 },
    line: 'root@pam!ci=12345678-1234-1234-1234-123456789abc',
  });
  const text = draw([begun(1, 1), started('vm/web-01', 0), leaking]).join('');
  expect(text).not.toContain('12345678-1234');
  expect(text).toContain('root@pam!ci=***');
});
