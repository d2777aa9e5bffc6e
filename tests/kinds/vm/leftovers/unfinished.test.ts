import { afterEach, beforeEach, expect, it } from 'vitest';
import { missingConsent } from '../../../../src/engine/consent.ts';
import { splitDescription } from '../../../../src/kinds/vm/identity/mark.ts';
import { begunDescription } from '../../../../src/kinds/vm/leftovers/unfinished.ts';
import { type Harness, startHarness } from '../../../harness.ts';
import { configOf, createByHand, errorsOf, setByHand, titlesOf } from '../../../requirements/guests.ts';
import { runKilled } from './killed.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(async () => {
  await harness.close();
});

const TEMPLATE = 'kind: vm\nname: tpl-01\nnode: pve1\nha: false\ntemplate: true\n';
const BY_DEFAULT = 'kind: vm\nname: web-01\nnode: pve1\nnetwork: { net0: { bridge: vmbr0 } }\n';

async function registered(): Promise<readonly unknown[]> {
  return (await harness.pve.get('/cluster/ha/resources')) as readonly unknown[];
}

it.each([1, 2])(
  'R-22, R-23: a template whose making was cut off after %i writes is finished without consent',
  async (writes) => {
    const plan = await harness.plan(TEMPLATE);
    expect(titlesOf(plan)).toEqual(['create', 'set serial console', 'convert to template', 'mark as finished']);
    await runKilled(harness, plan, writes);
    await harness.sandbox.settled();
    expect((await configOf(harness, 101))['description']).toBe('pvevm:-:vm/tpl-01:101 unfinished');
    const next = await harness.plan(TEMPLATE);
    expect(titlesOf(next).slice(-2)).toEqual(['convert to template', 'mark as finished']);
    expect(missingConsent(next, new Set())).toEqual([]);
    await harness.apply(TEMPLATE);
    expect(await configOf(harness, 101)).toMatchObject({ template: 1, description: 'pvevm:-:vm/tpl-01:101' });
    expect(titlesOf(await harness.plan(TEMPLATE))).toEqual([]);
  },
);

it('R-18: a finished guest becomes a template with consent only', async () => {
  const vm = TEMPLATE.replace('template: true\n', '');
  await harness.apply(vm);
  const plan = await harness.plan(TEMPLATE);
  expect(missingConsent(plan, new Set()).length).toBe(1);
});

it.each([1, 2])('R-22, R-23: cut off after %i writes, the next run registers HA by default', async (writes) => {
  const plan = await harness.plan(BY_DEFAULT);
  expect(titlesOf(plan)).toEqual(['create', 'set serial console', 'register HA (stopped)', 'mark as finished']);
  await runKilled(harness, plan, writes);
  await harness.sandbox.settled();
  await harness.apply(BY_DEFAULT);
  expect(await registered()).toMatchObject([{ sid: 'vm:101', state: 'stopped' }]);
  expect((await configOf(harness, 101))['description']).toBe('pvevm:-:vm/web-01:101');
  expect(titlesOf(await harness.plan(BY_DEFAULT))).toEqual([]);
});

it('R-57: the default registers no finished guest again that somebody has taken out of HA', async () => {
  await harness.apply(BY_DEFAULT);
  await harness.pve.delete('/cluster/ha/resources/vm:101');
  expect(titlesOf(await harness.plan(BY_DEFAULT))).toEqual([]);
});

it('R-23: the word goes after everything else, though the document has changed meanwhile', async () => {
  await runKilled(harness, await harness.plan(BY_DEFAULT), 1);
  await harness.sandbox.settled();
  const changed = `${BY_DEFAULT}description: the shop\nttl: 4h\n`;
  const plan = await harness.plan(changed);
  expect(titlesOf(plan).at(-1)).toBe('mark as finished');
  await runKilled(harness, plan, 1);
  expect((await configOf(harness, 101))['description']).toMatch(
    /^the shop\n\npvevm:-:vm\/web-01:101 unfinished until \S+Z$/,
  );
  await harness.apply(changed);
  expect((await configOf(harness, 101))['description']).toMatch(/^the shop\n\npvevm:-:vm\/web-01:101 until \S+Z$/);
  expect(titlesOf(await harness.plan(changed))).toEqual([]);
});

it('R-23: a clone that is to be a template is finished without consent', async () => {
  await createByHand(harness, 9000, { name: 'base', scsi0: 'ceph-pool:4', description: 'as it came' });
  const clone = 'kind: vm\nname: tpl-02\nclone: { from: 9000, mode: full }\ntemplate: true\n';
  await runKilled(harness, await harness.plan(clone), 1);
  await harness.sandbox.settled();
  expect((await configOf(harness, 101))['description']).toBe('as it came\n\npvevm:-:vm/tpl-02:101 unfinished');
  const next = await harness.plan(clone);
  expect(errorsOf(next)).toEqual([]);
  expect(missingConsent(next, new Set())).toEqual([]);
  await harness.apply(clone);
  expect(await configOf(harness, 101)).toMatchObject({
    template: 1,
    description: 'as it came\n\npvevm:-:vm/tpl-02:101',
  });
});

it('R-2: a copied mark says nothing of whether its guest is finished', async () => {
  await runKilled(harness, await harness.plan(TEMPLATE), 1);
  await harness.sandbox.settled();
  await createByHand(harness, 300, { name: 'copy', scsi0: 'ceph-pool:1' });
  await setByHand(harness, 300, { description: 'pvevm:-:vm/tpl-01:101 unfinished' });
  const plan = await harness.plan('kind: vm\nname: copy\nvmid: 300\ndefaults: none\ntemplate: true\n', { adopt: true });
  expect(missingConsent(plan, new Set()).length).toBe(1);
});

it.each([
  ['mine\n\npvevm:lab:vm/a:101', 'mine\n\npvevm:lab:vm/a:101 unfinished'],
  ['pvevm:-:vm/a:{vmid} until {until:4h}', 'pvevm:-:vm/a:{vmid} unfinished until {until:4h}'],
  ['pvevm:-:vm/a:101 until 2026-08-01T12:00Z', 'pvevm:-:vm/a:101 unfinished until 2026-08-01T12:00Z'],
  ['no mark until then', 'no mark until then'],
])('R-2: the word goes before the end of an ephemeral guest, so that its mark stays one: %j', (before, after) => {
  expect(begunDescription(before)).toBe(after);
  expect(splitDescription(after).mark?.until).toBe(splitDescription(before).mark?.until);
});
