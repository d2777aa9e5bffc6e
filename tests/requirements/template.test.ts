import { afterEach, beforeEach, expect, it } from 'vitest';
import { missingConsent } from '../../src/engine/consent.ts';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, createByHand, errorsOf, powerByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const GUEST = 'kind: vm\nname: tpl\nha: false\n';
const TEMPLATE = `${GUEST}template: true\n`;

it('R-9: a document with template: true makes a template, whose next plan is empty', async () => {
  const plan = await harness.apply(TEMPLATE);
  expect(titlesOf(plan).slice(-2)).toEqual(['convert to template', 'mark as finished']);
  expect(missingConsent(plan, new Set())).toEqual([]);
  expect(await configOf(harness, 101)).toMatchObject({ template: 1, scsi0: expect.stringContaining('base-101-disk') });
  expect(titlesOf(await harness.plan(TEMPLATE))).toEqual([]);
});

it('a template takes other changes, and is not registered with HA by default', async () => {
  await harness.apply('kind: vm\nname: tpl\ntemplate: true\n');
  expect(await harness.pve.get('/cluster/ha/resources')).toEqual([]);
  await harness.apply('kind: vm\nname: tpl\ntemplate: true\ncpu: { cores: 4 }\n');
  expect(await configOf(harness, 101)).toMatchObject({ cores: 4, template: 1 });
});

it('P4: a guest that is there becomes a template only with consent, for there is no way back', async () => {
  await harness.apply(GUEST);
  const plan = await harness.plan(TEMPLATE);
  expect(plan.resources[0]?.steps).toMatchObject([
    {
      title: 'convert to template (there is no way back)',
      effect: 'recreate',
      request: { method: 'POST', path: '/nodes/pve2/qemu/101/template', params: {} },
    },
  ]);
  expect(missingConsent(plan, new Set())).toMatchObject([{ code: 'CONSENT' }]);
  expect(missingConsent(plan, new Set(['recreate']))).toEqual([]);
  await harness.apply(TEMPLATE);
  expect(await configOf(harness, 101)).toMatchObject({ template: 1 });
});

it('a guest that runs, or has snapshots, does not become a template; one that is shut down first does', async () => {
  await harness.apply(GUEST);
  await powerByHand(harness, 101, 'start');
  expect(errorsOf(await harness.plan(TEMPLATE))).toMatchObject([{ code: 'IMPOSSIBLE', pointer: '/template' }]);
  expect(titlesOf(await harness.plan(`${TEMPLATE}power: stopped\n`))).toEqual([
    'shut down',
    'convert to template (there is no way back)',
  ]);
  await powerByHand(harness, 101, 'stop');
  await harness.pve.post('/nodes/pve2/qemu/101/snapshot', { params: { snapname: 'before' } });
  await harness.sandbox.settled();
  expect(errorsOf(await harness.plan(TEMPLATE))[0]?.detail).toContain('has snapshots, the last of them before');
});

it('a template stays one, and does not run', async () => {
  await harness.apply(TEMPLATE);
  expect(errorsOf(await harness.plan(`${GUEST}template: false\n`))).toMatchObject([
    { code: 'IMPOSSIBLE', pointer: '/template' },
  ]);
  expect(errorsOf(await harness.plan(`${GUEST}power: running\n`))).toMatchObject([
    { code: 'IMPOSSIBLE', pointer: '/power' },
  ]);
  expect(titlesOf(await harness.plan(GUEST))).toEqual([]);
});

it('template: false agrees with a guest that is none', async () => {
  await createByHand(harness, 120, { name: 'tpl' });
  expect(titlesOf(await harness.plan('kind: vm\nname: tpl\nvmid: 120\ndefaults: none\ntemplate: false\n'))).toEqual([]);
});

it('a template is made of a clone in one run', async () => {
  await createByHand(harness, 9000, { name: 'base', scsi0: 'ceph-pool:8', net0: 'virtio,bridge=vmbr0' });
  const yaml = 'kind: vm\nname: tpl\nclone: base\ntemplate: true\ncpu: { cores: 3 }\n';
  const plan = await harness.apply(yaml);
  expect(titlesOf(plan)).toEqual([
    'clone base (9000), full',
    'change cores, tags',
    'convert to template',
    'mark as finished',
  ]);
  expect(await configOf(harness, 101)).toMatchObject({ template: 1, cores: 3 });
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it.each(['7.4', '8.4', '9.1', '9.2'] as const)('makes a template on Proxmox VE %s', async (version) => {
  const own = await startHarness({ version });
  try {
    await own.apply(TEMPLATE);
    expect(await configOf(own, 101)).toMatchObject({ template: 1 });
    expect(titlesOf(await own.plan(TEMPLATE))).toEqual([]);
  } finally {
    await own.close();
  }
});
