import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PvevmError } from '../../src/core/error.ts';
import type { Plan } from '../../src/core/plan.ts';
import { missingConsent } from '../../src/engine/consent.ts';
import { type Harness, type HarnessPlanOptions, startHarness } from '../harness.ts';
import {
  changesOf,
  configOf,
  createByHand,
  destroyByHand,
  errorsOf,
  guestIds,
  powerByHand,
  setByHand,
  titlesOf,
} from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const LAB: HarnessPlanOptions = { project: 'kind: project\nstack: lab\n' };
const PRUNE: HarnessPlanOptions = { ...LAB, prune: 'remove' };
const document = (name: string, rest = ''): string => `kind: vm\nname: ${name}\nha: false\n${rest}`;
const WEB = document('web-01');
const OLD = document('old-01');
const REASON = 'in no document of stack lab';
const BOTH = `${WEB}---\n${OLD}`;

/** The guests that a plan removes: address, id, and why. */
function removed(plan: Plan): readonly unknown[] {
  return plan.resources
    .filter(({ action }) => action === 'delete')
    .map(({ address, vmid, reason }) => [address, vmid, reason]);
}

function notesOf(plan: Plan): readonly string[] {
  return plan.diagnostics.filter(({ severity }) => severity === 'note').map(({ detail }) => detail);
}

/** A harness over a folder whose sandbox was changed by hand in between. */
async function afterChange(
  prepare: (own: Harness) => Promise<void>,
  change: (state: { nodes: { name: string; online: boolean }[] }) => void,
  check: (own: Harness) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'pvevm-prune-'));
  try {
    const before = await startHarness({ directory });
    await prepare(before);
    await before.close();
    const file = join(directory, 'sandbox.json');
    const state = JSON.parse(readFileSync(file, 'utf8'));
    change(state);
    writeFileSync(file, JSON.stringify(state));
    const after = await startHarness({ directory });
    await check(after).finally(() => after.close());
  } finally {
    rmSync(directory, { recursive: true });
  }
}

it('R-5: --prune removes what the stack owns and no document describes, names its volumes, and needs data-loss', async () => {
  await harness.apply(BOTH, LAB);
  await createByHand(harness, 300, { name: 'other', scsi0: 'ceph-pool:4' });
  harness.writes();
  const plan = await harness.plan(WEB, PRUNE);
  expect(removed(plan)).toEqual([['vm/old-01', 102, 'in no document of stack lab']]);
  expect(plan.summary).toMatchObject({ add: 0, change: 0, destroy: 1 });
  expect(plan.resources.find(({ address }) => address === 'vm/old-01')?.changes).toMatchObject([
    { path: 'efidisk0', before: 'ceph-pool:vm-102-disk-0, 1M', effect: 'data-loss' },
    { path: 'scsi0', before: 'ceph-pool:vm-102-disk-1, 32G', effect: 'data-loss' },
  ]);
  expect(missingConsent(plan, new Set())).toMatchObject([{ code: 'CONSENT', address: 'vm/old-01' }]);
  expect(missingConsent(plan, new Set(['data-loss']))).toEqual([]);
  expect(await harness.run(plan)).toMatchObject({ outcome: 'ok' });
  await harness.sandbox.settled();
  expect(harness.writes()).toEqual([
    { method: 'DELETE', path: '/nodes/pve2/qemu/102', params: { purge: '1', 'destroy-unreferenced-disks': '0' } },
  ]);
  expect(await guestIds(harness)).toEqual([101, 300]);
  const again = await harness.plan(WEB, PRUNE);
  expect([titlesOf(again), again.diagnostics]).toEqual([[], []]);
});

it('R-5: without --prune a whole project only tells of it, and with a part of one nobody looks', async () => {
  await harness.apply(BOTH, LAB);
  const told = await harness.plan(WEB, { ...LAB, prune: 'note' });
  expect(titlesOf(told)).toEqual([]);
  expect(told.summary.destroy).toBe(0);
  expect(notesOf(told)).toEqual([
    'vm/old-01, guest 102 on pve2, is in no document of stack lab. Its removal needs --prune and --allow data-loss (efidisk0: ceph-pool:vm-102-disk-0, 1M; scsi0: ceph-pool:vm-102-disk-1, 32G).',
  ]);
  expect((await harness.plan(WEB, LAB)).diagnostics).toEqual([]);
});

it('R-5: --prune removes no guest without a mark, with the tag alone, of another stack, or of none', async () => {
  await harness.apply(WEB, LAB);
  await createByHand(harness, 300, { name: 'plain' });
  await createByHand(harness, 301, { name: 'tagged', tags: 'pvevm-lab', description: 'mine' });
  await createByHand(harness, 302, { name: 'shop', tags: 'pvevm-lab', description: 'pvevm:shop:vm/shop:302' });
  await createByHand(harness, 303, { name: 'none', tags: 'pvevm-lab', description: 'pvevm:-:vm/none:303' });
  await harness.apply(document('shop-01'), { project: 'kind: project\nstack: lab-2\n' });
  harness.writes();
  const plan = await harness.plan(WEB, PRUNE);
  expect([removed(plan), titlesOf(plan), plan.diagnostics]).toEqual([[], [], []]);
  await harness.run(plan);
  expect(harness.writes()).toEqual([]);
});

it('R-2: a copied mark is never pruned, and is told of with its remedy', async () => {
  await harness.apply(WEB, LAB);
  await createByHand(harness, 300, { name: 'copy', tags: 'pvevm-lab', description: 'pvevm:lab:vm/gone:101' });
  const plan = await harness.plan(WEB, PRUNE);
  expect(removed(plan)).toEqual([]);
  expect(notesOf(plan)).toHaveLength(1);
  expect(notesOf(plan)[0]).toMatch(/guest 300 on pve1 ends with a mark that was copied from guest 101.*pvevm-lab/);
});

it('a second guest with the mark of a document is left alone, with a warning', async () => {
  await harness.apply(WEB, LAB);
  const plan = await harness.plan(document('web-01', 'vmid: 150\n'), PRUNE);
  expect(removed(plan)).toEqual([]);
  expect(plan.diagnostics).toMatchObject([{ severity: 'warning', code: 'IDENTITY' }]);
  expect(plan.diagnostics[0]?.detail).toContain('guest 101 on pve2 says vm/web-01');
});

it('R-5: a node that is offline refuses --prune, and is no reason not to tell of the others', async () => {
  await afterChange(
    async (own) => void (await own.apply(`${document('web-01', 'vmid: 120\nnode: pve2\n')}---\n${OLD}`, LAB)),
    ({ nodes }) => {
      for (const node of nodes) if (node.name === 'pve3') node.online = false;
    },
    async (own) => {
      const yaml = document('web-01', 'vmid: 120\nnode: pve2\n');
      const plan = await own.plan(yaml, PRUNE);
      expect(errorsOf(plan)).toMatchObject([{ code: 'IDENTITY', summary: 'a node is offline' }]);
      expect(errorsOf(plan)[0]?.detail).toContain('pve3 is offline');
      expect(titlesOf(plan)).toEqual([]);
      expect(notesOf(await own.plan(yaml, { ...LAB, prune: 'note' }))[0]).toContain('vm/old-01');
    },
  );
});

it('R-5: where one document has an error, nothing is removed', async () => {
  await harness.apply(BOTH, LAB);
  await createByHand(harness, 300, { name: 'db-01' });
  harness.writes();
  const plan = await harness.plan(`${WEB}---\n${document('db-01')}`, PRUNE);
  expect(errorsOf(plan)).toMatchObject([{ code: 'FOREIGN_GUEST', address: 'vm/db-01' }]);
  expect(removed(plan)).toEqual([]);
  await harness.run(plan);
  expect(harness.writes()).toEqual([]);
});

it('R-5: a guest of the stack that cannot be read refuses --prune', async () => {
  await harness.apply(BOTH, LAB);
  const blind = {
    ...harness.pve,
    get: async (path: string, options?: Parameters<Harness['pve']['get']>[1]) => {
      if (path.endsWith('/pending') && String(options?.path?.['vmid']) === '102')
        throw new PvevmError('PERMISSION', 'cannot read guest 102: Permission check failed (/vms/102, VM.Audit)');
      return await harness.pve.get(path, options);
    },
  };
  const plan = await harness.plan(WEB, { ...PRUNE, pve: blind });
  expect(errorsOf(plan)).toMatchObject([{ code: 'PERMISSION' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('VM.Audit on /vms/102');
  expect(titlesOf(plan)).toEqual([]);
  expect((await harness.plan(WEB, { ...LAB, prune: 'note', pve: blind })).diagnostics).toEqual([]);
});

it('R-5: protection refuses, before anything else is removed', async () => {
  await harness.apply(`${WEB}---\n${document('old-01', 'protection: true\n')}---\n${document('old-02')}`, LAB);
  const plan = await harness.plan(WEB, PRUNE);
  expect(errorsOf(plan)).toMatchObject([{ code: 'IMPOSSIBLE', summary: 'the guest is protected' }]);
  expect([removed(plan), titlesOf(plan)]).toEqual([[], []]);
});

it('fewer instances and --prune remove the last ones only', async () => {
  const workers = (count: number): string => document('worker', `instances: ${count}\n`);
  await harness.apply(workers(5), LAB);
  const plan = await harness.plan(workers(3), PRUNE);
  expect(removed(plan)).toEqual([
    ['vm/worker-04', 104, REASON],
    ['vm/worker-05', 105, REASON],
  ]);
  await harness.run(plan);
  await harness.sandbox.settled();
  expect(await guestIds(harness)).toEqual([101, 102, 103]);
});

it('R-30: a running guest under HA is taken out of it, shut down, and then destroyed; a failure leaves a plan that goes on', async () => {
  await harness.apply(`${WEB}---\nkind: vm\nname: old-01\nha: true\npower: running\n`, LAB);
  harness.writes();
  const plan = await harness.plan(WEB, PRUNE);
  harness.sandbox.failNext({ method: 'DELETE', path: '/nodes/pve2/qemu/102', status: 500, message: 'no' });
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed' });
  await harness.sandbox.settled();
  const again = await harness.plan(WEB, PRUNE);
  expect(titlesOf(again)).toEqual(['destroy']);
  expect(await harness.run(again)).toMatchObject({ outcome: 'ok' });
  await harness.sandbox.settled();
  expect(harness.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([
    'DELETE /cluster/ha/resources/vm:102',
    'POST /nodes/pve2/qemu/102/status/shutdown',
    'DELETE /nodes/pve2/qemu/102',
    'DELETE /nodes/pve2/qemu/102',
  ]);
  expect(await guestIds(harness)).toEqual([101]);
});

it('removals come after everything else, and not at all where that fails', async () => {
  await harness.apply(BOTH, LAB);
  harness.writes();
  const yaml = `${document('web-01', 'description: changed\n')}---\n${document('db-01')}`;
  const plan = await harness.plan(yaml, PRUNE);
  expect(plan.resources.at(-1)).toMatchObject({ address: 'vm/old-01', dependsOn: ['vm/web-01', 'vm/db-01'] });
  expect(plan.diagnostics).toMatchObject([{ severity: 'warning', summary: 'this may be a rename' }]);
  harness.sandbox.failNext({ method: 'POST', path: '/nodes/*/qemu', status: 500, message: 'no' });
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed' });
  expect(await guestIds(harness)).toEqual([101, 102]);
  await harness.run(await harness.plan(yaml, PRUNE));
  await harness.sandbox.settled();
  expect(harness.writes().at(-1)).toMatchObject({ method: 'DELETE' });
  expect(await guestIds(harness)).toEqual([101, 103]);
});

const TEMPLATE = document('tpl', 'node: pve1\nvmid: 900\ntemplate: true\n');
const CLONE = document('clone-01', 'vmid: 901\nclone: { from: tpl, mode: linked }\n');

it('linked clones are removed before their template', async () => {
  await harness.apply(`${WEB}---\n${TEMPLATE}---\n${CLONE}`, LAB);
  harness.writes();
  const plan = await harness.plan(WEB, PRUNE);
  expect(removed(plan)).toEqual([
    ['vm/clone-01', 901, REASON],
    ['vm/tpl', 900, REASON],
  ]);
  expect(await harness.run(plan)).toMatchObject({ outcome: 'ok', errors: [] });
  await harness.sandbox.settled();
  expect(await guestIds(harness)).toEqual([101]);
});

it('a template with linked clones that stay is not removed, by --prune or destroy: the clones are named', async () => {
  await harness.apply(`${TEMPLATE}---\n${CLONE}`, LAB);
  await harness.pve.post('/nodes/pve1/qemu/900/clone', {
    params: { newid: 950, name: 'by-hand', description: 'mine' },
  });
  await harness.sandbox.settled();
  const destroy = await harness.removal(`${TEMPLATE}---\n${CLONE}`, LAB as { project: string });
  expect(errorsOf(destroy)).toMatchObject([{ code: 'IMPOSSIBLE', summary: 'linked clones need the guest' }]);
  expect(errorsOf(destroy)[0]?.detail).toContain('guest 950 (by-hand) on pve1');
  const plan = await harness.plan(document('clone-01', 'vmid: 901\ndefaults: none\n'), PRUNE);
  expect(errorsOf(plan)[0]?.detail).toMatch(/guests 901 \(clone-01\) on pve2, 950 \(by-hand\) on pve1/);
  expect([removed(plan), titlesOf(plan)]).toEqual([[], []]);
});

it('a guest that a document is to be cloned from is not removed', async () => {
  await harness.apply(`${WEB}---\n${TEMPLATE}`, LAB);
  const plan = await harness.plan(`${WEB}---\n${document('new-01', 'clone: { from: 900, mode: full }\n')}`, PRUNE);
  expect(errorsOf(plan)).toMatchObject([{ code: 'IMPOSSIBLE', summary: 'a clone needs what would be removed' }]);
  expect(removed(plan)).toEqual([]);
});

it('a volume that a guest of a document uses too is not destroyed with another', async () => {
  await harness.apply(BOTH, LAB);
  await setByHand(harness, 101, { scsi4: 'ceph-pool:vm-102-disk-1' });
  const plan = await harness.plan(WEB, PRUNE);
  expect(errorsOf(plan)).toMatchObject([{ code: 'IMPOSSIBLE', summary: 'a volume is in use by another guest' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('ceph-pool:vm-102-disk-1 is scsi0 of guest 102');
  expect(removed(plan)).toEqual([]);
});

it.each([
  ['waits for', { sata4: 'ceph-pool:vm-102-disk-1' }],
  ['no longer uses', { unused7: 'ceph-pool:vm-102-disk-1' }],
])('a volume that a guest of a document %s is not destroyed with another', async (_, config) => {
  await harness.apply(`${WEB}power: running\n---\n${OLD}`, LAB);
  await setByHand(harness, 101, config);
  const plan = await harness.plan(WEB, PRUNE);
  expect(errorsOf(plan)).toMatchObject([{ code: 'IMPOSSIBLE', summary: 'a volume is in use by another guest' }]);
  expect(removed(plan)).toEqual([]);
});

it('snapshots go with the guest, and the plan names them', async () => {
  await harness.apply(`${WEB}---\n${document('old-01', 'power: running\n')}`, LAB);
  await harness.pve.post('/nodes/pve2/qemu/102/snapshot', { params: { snapname: 'before', vmstate: 1 } });
  await harness.sandbox.settled();
  const plan = await harness.plan(WEB, PRUNE);
  const changes = plan.resources.find(({ action }) => action === 'delete')?.changes ?? [];
  expect(changes.at(-1)).toMatchObject({
    path: 'snapshot before',
    before: expect.stringMatching(/memory, .*vm-102-state/),
  });
});

it('R-5: a stub is never removed, whatever its tags', async () => {
  await harness.apply(BOTH, LAB);
  const stubs = {
    ...harness.pve,
    get: async (path: string, options?: Parameters<Harness['pve']['get']>[1]) => {
      const answer = await harness.pve.get(path, options);
      if (path !== '/cluster/resources') return answer;
      return (answer as { vmid?: number }[]).map((row) => (row.vmid === 102 ? { ...row, lock: 'create' } : row));
    },
  };
  const plan = await harness.plan(WEB, { ...PRUNE, pve: stubs });
  expect(removed(plan)).toEqual([]);
  expect(errorsOf(plan)).toEqual([]);
});

it('with marks in the description only, --prune reads the marks of all guests; without it nothing is read', async () => {
  const project = 'kind: project\nstack: lab\nmark: description\n';
  const web = document('web-01', 'vmid: 120\n');
  await harness.apply(`${web}---\n${OLD}`, { project });
  await createByHand(harness, 300, { name: 'other' });
  expect(removed(await harness.plan(web, { project, prune: 'remove' }))).toEqual([
    ['vm/old-01', 101, 'in no document of stack lab'],
  ]);
  expect((await harness.plan(web, { project, prune: 'note' })).diagnostics).toEqual([]);
});

it('R-5: without a stack, or without marks, nothing is ever pruned', async () => {
  const two = `${document('web-01', 'vmid: 120\n')}---\n${document('old-01', 'vmid: 121\n')}`;
  for (const [made, pruned] of [
    ['kind: project\n', 'kind: project\n'],
    ['kind: project\nstack: lab\n', 'kind: project\nstack: lab\nmark: none\n'],
  ] as const) {
    await harness.apply(two, { project: made });
    const plan = await harness.plan(document('web-01', 'vmid: 120\n'), { project: pruned, prune: 'remove' });
    expect(errorsOf(plan)).toEqual([]);
    expect(removed(plan)).toEqual([]);
    for (const vmid of [120, 121]) await destroyByHand(harness, vmid);
  }
});

it('R-54: a guest of the stack that was made anew since the plan is not removed', async () => {
  await harness.apply(BOTH, LAB);
  const plan = await harness.plan(WEB, PRUNE);
  await harness.pve.delete('/nodes/pve2/qemu/102');
  await harness.sandbox.settled();
  await createByHand(harness, 102, { name: 'mine' }, 'pve2');
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  expect(await guestIds(harness)).toEqual([101, 102]);
});

it('R-52: a note costs one read for each guest that no document describes, and none for those of others', async () => {
  await harness.apply(BOTH, LAB);
  for (const vmid of [300, 301, 302]) await createByHand(harness, vmid, { name: `other-${vmid}` });
  const count = async (options: HarnessPlanOptions): Promise<number> => {
    const before = harness.sandbox.requests.length;
    await harness.plan(document('web-01', 'vmid: 101\n'), options);
    return harness.sandbox.requests.length - before;
  };
  const bare = await count(LAB);
  expect(await count({ ...LAB, prune: 'note' })).toBe(bare + 1);
});

it('a document under a new name says that it may be a rename; renamedFrom makes it an update in one request', async () => {
  await harness.apply(OLD, LAB);
  const hint = await harness.plan(document('new-01'), PRUNE);
  expect(hint.resources.map(({ action }) => action)).toEqual(['create', 'delete']);
  expect(hint.diagnostics.map(({ detail }) => detail).join()).toContain('renamedFrom: old-01');
  harness.writes();
  const yaml = document('new-01', 'renamedFrom: old-01\n');
  const plan = await harness.plan(yaml, PRUNE);
  expect(plan.resources).toMatchObject([{ address: 'vm/new-01', action: 'update', vmid: 101 }]);
  expect(plan.diagnostics).toEqual([]);
  await harness.run(plan);
  expect(harness.writes()).toMatchObject([
    { method: 'PUT', params: { name: 'new-01', description: 'pvevm:lab:vm/new-01:101' } },
  ]);
  const again = await harness.plan(yaml, PRUNE);
  expect([titlesOf(again), again.diagnostics]).toEqual([[], []]);
  expect(await configOf(harness, 101)).toMatchObject({ name: 'new-01', tags: 'pvevm-lab' });
});

it('renamedFrom: the document’s own guest comes first, and destroy finds one that was not renamed yet', async () => {
  await harness.apply(`${OLD}---\n${document('new-01')}`, LAB);
  await setByHand(harness, 102, { name: 'by-hand' });
  const yaml = document('new-01', 'renamedFrom: old-01\n');
  const plan = await harness.plan(yaml, LAB);
  expect(plan.resources).toMatchObject([{ action: 'update', vmid: 102 }]);
  expect(changesOf(plan)).toEqual([['name', 'by-hand', 'new-01']]);
  const shared = await harness.plan(`${OLD}---\n${document('x-01', 'renamedFrom: old-01\n')}`, LAB);
  expect(errorsOf(shared)).toMatchObject([{ code: 'IDENTITY', summary: 'two documents describe one guest' }]);
  const destroy = await harness.removal(document('x-01', 'renamedFrom: old-01\n'), LAB as { project: string });
  expect(destroy.resources).toMatchObject([{ action: 'delete', vmid: 101 }]);
});

it('renamedFrom with a written vmid, and without marks, renames that guest', async () => {
  await harness.apply(document('old-01', 'vmid: 120\n'), LAB);
  const plan = await harness.apply(document('new-01', 'vmid: 120\nrenamedFrom: old-01\n'), LAB);
  expect(plan.diagnostics).toEqual([]);
  expect(await configOf(harness, 120)).toMatchObject({ name: 'new-01', description: 'pvevm:lab:vm/new-01:120' });
  const project = 'kind: project\nmark: none\n';
  await harness.apply(document('a-01', 'vmid: 130\n'), { project });
  await harness.apply(document('b-01', 'vmid: 130\nrenamedFrom: a-01\n'), { project });
  expect(await configOf(harness, 130)).toMatchObject({ name: 'b-01' });
});

it('R-21: the privileges that a removal needs are checked before it', async () => {
  await harness.apply(`${WEB}---\n${OLD}`, LAB);
  await powerByHand(harness, 102, 'start');
  const weak = {
    ...harness.pve,
    get: async (path: string, options?: Parameters<Harness['pve']['get']>[1]) =>
      path === '/access/permissions' ? { '/vms': { 'VM.Audit': 1 } } : harness.pve.get(path, options),
  };
  const plan = await harness.plan(document('web-01', 'vmid: 101\ndefaults: none\n'), { ...PRUNE, pve: weak });
  expect(errorsOf(plan).map(({ detail }) => /needs (\S+ on \S+),/.exec(detail)?.[1])).toEqual([
    'VM.Allocate on /vms/102',
    'VM.PowerMgmt on /vms/102',
  ]);
  expect(titlesOf(plan)).toEqual([]);
});
