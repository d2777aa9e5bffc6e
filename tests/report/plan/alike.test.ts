import { expect, it } from 'vitest';
import type { Change, ResourcePlan } from '../../../src/core/plan.ts';
import { groupAlike } from '../../../src/report/plan/alike.ts';
import { formatPlan, type PlanTextOptions } from '../../../src/report/plan/plan-text.ts';
import { createTheme } from '../../../src/report/theme.ts';
import { change, plan, resource, step } from '../plans.ts';

const named = (index: number, more: Partial<ResourcePlan> = {}): ResourcePlan =>
  resource({
    ...{ address: `vm/web-${index}`, vmid: 100 + index, changes: [change({ after: `${index}GiB` })] },
    ...{ steps: [step(`vm/web-${index}#1`, 'change memory')], ...more },
  });
const many = (count: number, of: (index: number) => Partial<ResourcePlan> = () => ({})): readonly ResourcePlan[] =>
  Array.from({ length: count }, (_one, index) => named(index + 1, of(index + 1)));
const sizes = (resources: readonly ResourcePlan[]): readonly number[] =>
  groupAlike(resources).map(({ others }) => others.length + 1);
const heavy: Partial<Change> = { effect: 'restart' };

it('shows a plan of twenty resources one by one, and one of more by what is alike', () => {
  expect(sizes(many(20))).toEqual(Array.from({ length: 20 }, () => 1));
  expect(sizes(many(21))).toEqual([21]);
});

it.each<[string, (index: number) => Partial<ResourcePlan>]>([
  ['another key', (index) => (index > 15 ? { changes: [change({ path: 'cpu.cores' })] } : {})],
  ['another step', (index) => (index > 15 ? { steps: [step(`vm/web-${index}#1`, 'change cores')] } : {})],
  ['another action', (index) => (index > 15 ? { action: 'create' } : {})],
  ['another source', (index) => (index > 15 ? { from: 'clone of tpl (9000)' } : {})],
])('keeps apart what has %s', (_name, of) => {
  expect(sizes(many(30, of))).toEqual([15, 15]);
});

it('P4: shows each resource by itself that loses data, is restarted, or waits for a restart', () => {
  const alone = Array.from({ length: 25 }, () => 1);
  expect(sizes(many(25, () => ({ action: 'delete' })))).toEqual(alone);
  expect(sizes(many(25, () => ({ changes: [change(heavy)] })))).toEqual(alone);
  const loses = (index: number) => ({ steps: [step(`vm/web-${index}#1`, 'change', { effect: 'data-loss' as const })] });
  expect(sizes(many(25, loses))).toEqual(alone);
});

function format(resources: readonly ResourcePlan[], more: Partial<PlanTextOptions> = {}): string {
  return formatPlan(plan(resources), { theme: createTheme(false), label: 'x', width: 80, ...more });
}

it('names the others with where they are and what is otherwise, and how many are not named', () => {
  const text = format(many(25));
  expect(text).toContain(`      and 24 more in the same way (--verbose shows each of them whole):
        vm/web-2   102 on pve1  memory.size 2 GiB → 2 GiB
        vm/web-3   103 on pve1  memory.size 2 GiB → 3 GiB
`);
  expect(text).toContain('        … and 4 more\n');
  expect(text).toContain('Plan: 0 to add, 25 to change, 0 to destroy.');
});

it.each<[string, Partial<PlanTextOptions>]>([
  ['--verbose', { verbose: true }],
  ['--show-requests', { showRequests: true }],
  ['--explain', { origins: new Map() }],
])('shows all of them with %s', (_name, more) => {
  expect(format(many(25), more).match(/^ {2}~ vm\/web-/gm)).toHaveLength(25);
});

it('R-50, R-48: names no control character, and no secret', () => {
  const hostile = many(25, (index) => ({
    address: `vm/\x1b[2J${index}` as never,
    node: '\u009b',
    changes: [change({ after: `${index} root@pam!ci=12345678-1234-1234-1234-123456789abc` })],
  }));
  const text = format(hostile);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(text).not.toContain('12345678-1234');
});
