import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Change, Plan } from '../../src/core/plan.ts';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, setByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const RUNS = `${WEB}power: running\n`;
const CORES = 'cpu: { cores: 4 }\n';
const ALLOW = { allow: ['restart'] };

function changeOf(plan: Plan, path: string): Change | undefined {
  return plan.resources.flatMap(({ changes }) => changes).find((change) => change.path === path);
}

it('R-16: a change waits for a restart only where the plan brings none', async () => {
  await harness.apply(RUNS);
  const waits = await harness.plan(`${RUNS}${CORES}tags: [web]\n`);
  expect(changeOf(waits, 'cpu.cores')).toMatchObject({
    effect: 'restart',
    note: expect.stringMatching(/^pending until/),
  });
  expect(changeOf(waits, 'cpu.cores')).not.toHaveProperty('appliedBy');
  expect(waits.summary.restart).toBe(1);
  const restarts = await harness.plan(`${RUNS}${CORES}tags: [web]\n`, ALLOW);
  const note = 'takes effect with the restart';
  expect(changeOf(restarts, 'cpu.cores')).toMatchObject({ effect: 'restart', appliedBy: 'restart', note });
  expect(changeOf(restarts, 'tags')).toMatchObject({ effect: 'live' });
  expect(changeOf(restarts, 'tags')).not.toHaveProperty('appliedBy');
  expect(restarts.summary.restart).toBe(0);
});

it('R-15: what was written before says so, and that the restart applies it', async () => {
  await harness.apply(RUNS);
  await harness.apply(`${RUNS}${CORES}`);
  expect((await harness.plan(`${RUNS}${CORES}`)).summary.restart).toBe(1);
  const plan = await harness.plan(`${RUNS}${CORES}`, ALLOW);
  const note = 'written before; takes effect with the restart';
  expect(changeOf(plan, 'cpu.cores')).toMatchObject({ state: 'pending', appliedBy: 'restart', note });
  expect(plan.summary.restart).toBe(0);
});

it('R-16: what replaces a pending value still says so beside the restart', async () => {
  await harness.apply(RUNS);
  await setByHand(harness, 101, { cores: 3 });
  const { note } = changeOf(await harness.plan(`${RUNS}${CORES}`, ALLOW), 'cpu.cores') ?? {};
  expect(note).toBe('takes effect with the restart; replaces 3, which is pending');
});

it('R-16: nothing waits where the guest is shut down for good, by itself or by HA', async () => {
  await harness.apply(RUNS);
  const stops = await harness.plan(`${WEB}${CORES}power: stopped\n`);
  const note = 'in effect when the guest starts again';
  expect(changeOf(stops, 'cpu.cores')).toMatchObject({ effect: 'restart', appliedBy: 'stop', note });
  expect(changeOf(stops, 'power')).toMatchObject({
    effect: 'restart',
    appliedBy: 'stop',
    note: 'shuts the guest down',
  });
  expect(stops.summary.restart).toBe(0);
  const underHa = 'kind: vm\nname: ha-01\nnode: pve1\n';
  await harness.apply(`${underHa}power: running\n`);
  const byHa = await harness.plan(`${underHa}${CORES}power: stopped\n`);
  expect(changeOf(byHa, 'cpu.cores')).toMatchObject({ appliedBy: 'stop', note });
  expect(changeOf(byHa, 'power')).toMatchObject({ effect: 'restart', note: 'HA shuts the guest down' });
});

it('R-16: where the guest is down while they are made, no change is called live or pending', async () => {
  const disks = (more: string): string => `${RUNS}disks: { scsi0: {}, scsi1: ${more} }\nboot: `;
  await harness.apply(`${disks('{ size: 1GiB }')}[scsi0, scsi1]\n`);
  const plan = await harness.plan(`${disks('null')}[scsi0]\n${CORES}tags: [web]\n`, ALLOW);
  const note = 'made while the guest is shut down';
  expect(titlesOf(plan)[0]).toContain('shut down for changes');
  expect(changeOf(plan, 'disks.scsi1')).toMatchObject({ effect: 'restart', appliedBy: 'restart', note });
  expect(changeOf(plan, 'cpu.cores')).toMatchObject({ effect: 'restart', appliedBy: 'restart', note });
  expect(changeOf(plan, 'tags')).toMatchObject({ effect: 'none', note });
  expect(plan.summary.restart).toBe(0);
});

it('R-16: to become a template has the effect that its step has, running or not', async () => {
  await harness.apply(RUNS);
  const note = 'there is no way back';
  const template = `${WEB}power: stopped\ntemplate: true\n`;
  expect(changeOf(await harness.plan(template), 'template')).toMatchObject({ effect: 'recreate', note });
  await harness.apply(`${WEB}power: stopped\n`);
  expect(changeOf(await harness.plan(template), 'template')).toMatchObject({ effect: 'recreate', note });
  const fresh = await harness.plan('kind: vm\nname: tpl\nnode: pve1\nha: false\ntemplate: true\n');
  expect(changeOf(fresh, 'template')).toMatchObject({ effect: 'none' });
});

it('R-16: a disk whose volume a step destroys is lost, and one that is kept as unused is not', async () => {
  await harness.apply(`${RUNS}disks: { scsi0: {}, scsi1: { size: 1GiB } }\n`);
  const without = `${RUNS}disks: { scsi0: {}, scsi1: null }\n`;
  expect(changeOf(await harness.plan(without), 'disks.scsi1')).toMatchObject({ effect: 'live' });
  const plan = await harness.plan(`${without}unused: destroy\n`);
  expect(changeOf(plan, 'disks.scsi1')).toMatchObject({ effect: 'data-loss', note: 'its volume is destroyed' });
});

it('P2: after the restart that a plan promised, nothing is left that waits', async () => {
  await harness.apply(RUNS);
  await harness.apply(`${RUNS}${CORES}`, ALLOW);
  expect(changesOf(await harness.plan(`${RUNS}${CORES}`))).toEqual([]);
});
