import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { createByHand, errorsOf, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const TEMPLATE =
  'kind: vm\nname: tpl\nnode: pve1\nvmid: 9000\nha: false\ntemplate: true\ntags: [Golden]\ndisks: { scsi0: { size: 1GiB } }\n---\n';
const clone = (name: string): string => `kind: vm\nname: ${name}\nclone: { from: { tag: golden } }\n`;

it('the tag of a clone means a template that the same run makes, and the same one once it is there', async () => {
  const plan = await harness.apply(`${TEMPLATE}${clone('web-01')}`);
  expect(plan.resources.map(({ address, dependsOn }) => [address, dependsOn])).toEqual([
    ['vm/tpl', []],
    ['vm/web-01', ['vm/tpl']],
  ]);
  expect(titlesOf(plan)).toContain('clone tpl (9000), linked');
  const yaml = `${TEMPLATE}${clone('web-01')}---\n${clone('web-02')}`;
  expect(titlesOf(await harness.plan(yaml))).toEqual(['clone tpl (9000), linked']);
  expect(titlesOf(await harness.plan(clone('web-02')))).toEqual(['clone tpl (9000), linked']);
});

it('R-17: a tag that a template of the run and one of the cluster carry is an error that names both', async () => {
  await createByHand(harness, 9100, { name: 'old', tags: 'golden', scsi0: 'ceph-pool:1' });
  await harness.pve.post('/nodes/pve1/qemu/9100/template');
  await harness.sandbox.settled();
  const found = errorsOf(await harness.plan(`${TEMPLATE}${clone('web-01')}`));
  expect(found).toMatchObject([{ summary: 'the source of the clone is not one guest', pointer: '/clone/from' }]);
  expect(found[0]?.detail).toContain('vm/tpl, 9100 old on pve1');
});
