import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, createByHand, errorsOf, guestIds, powerByHand, setByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const FOREIGN = { name: 'db-01', memory: '1024', cores: 1, tags: 'byhand', description: 'made by hand' };

it('R-1: a foreign guest of that vmid that differs is an error that names --adopt, and nothing is written', async () => {
  await createByHand(harness, 100, FOREIGN);
  const before = harness.sandbox.guestConfig(100);
  harness.writes();
  const plan = await harness.plan('kind: vm\nname: db-01\nvmid: 100\ndefaults: none\nmemory: { size: 4GiB }\n');
  expect(errorsOf(plan)).toMatchObject([{ code: 'FOREIGN_GUEST', address: 'vm/db-01' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('--adopt');
  expect(titlesOf(plan)).toEqual([]);
  await harness.run(plan);
  expect(harness.writes()).toEqual([]);
  expect(harness.sandbox.guestConfig(100)).toBe(before);
});

it('R-1: adopting gives an update, and the mark is a step of its own; what is not written stays', async () => {
  await createByHand(harness, 100, FOREIGN);
  harness.writes();
  const yaml = 'kind: vm\nname: db-01\nvmid: 100\ndefaults: none\nmemory: { size: 4GiB }\n';
  const plan = await harness.apply(yaml, { adopt: true });
  expect(plan.resources[0]).toMatchObject({ action: 'update', vmid: 100 });
  expect(plan.resources[0]?.steps[0]?.title).toBe('mark as pvevm’s own');
  expect(Object.keys(plan.resources[0]?.steps[0]?.request?.params ?? {}).sort()).toEqual(['description', 'digest']);
  expect(await configOf(harness, 100)).toMatchObject({
    description: 'made by hand\n\npvevm:-:vm/db-01:100',
    tags: 'byhand;pvevm',
    memory: '4096',
    cores: 1,
  });
  expect(changesOf(await harness.plan(yaml))).toEqual([]);
  expect((await harness.plan(yaml)).diagnostics).toEqual([]);
});

it('R-1: without vmid, a foreign guest of that name is an error, and no second guest of the name is made', async () => {
  await createByHand(harness, 100, FOREIGN);
  harness.writes();
  const plan = await harness.plan('kind: vm\nname: db-01\n');
  expect(errorsOf(plan)).toMatchObject([{ code: 'FOREIGN_GUEST' }]);
  expect(errorsOf(plan)[0]?.detail).toMatch(/100 on pve1.*--adopt/);
  await harness.run(plan);
  expect(harness.writes()).toEqual([]);
});

it('R-1: of two foreign guests of a name none is adopted, since nothing tells which one is meant', async () => {
  for (const vmid of [100, 105]) await createByHand(harness, vmid, FOREIGN);
  const yaml = 'kind: vm\nname: db-01\ndefaults: none\nmemory: { size: 4GiB }\n';
  const plan = await harness.plan(yaml, { adopt: true });
  expect(errorsOf(plan)).toMatchObject([{ code: 'FOREIGN_GUEST' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('Guest 100 on pve1, 105 on pve1 has the name db-01');
  expect(titlesOf(plan)).toEqual([]);
});

it('R-1: a foreign guest in agreement is a note and no error, and is left alone', async () => {
  await createByHand(harness, 100, FOREIGN);
  harness.writes();
  const plan = await harness.plan(
    'kind: vm\nname: db-01\nvmid: 100\ndefaults: none\nmemory: { size: 1GiB }\ntags: [byhand]\n',
  );
  expect(plan.diagnostics).toMatchObject([
    { severity: 'note', code: 'FOREIGN_GUEST', summary: 'foreign, in agreement' },
  ]);
  expect(titlesOf(plan)).toEqual([]);
});

it('R-1: a foreign guest whose pending values agree is in agreement', async () => {
  await createByHand(harness, 100, FOREIGN);
  await powerByHand(harness, 100, 'start');
  await setByHand(harness, 100, { cores: 4 });
  const plan = await harness.plan('kind: vm\nname: db-01\nvmid: 100\ndefaults: none\ncpu: { cores: 4 }\n');
  expect(errorsOf(plan)).toEqual([]);
  expect(plan.resources[0]?.changes).toMatchObject([{ path: 'cpu.cores', state: 'pending' }]);
});

it('R-1: a guest of another stack is foreign, and is adopted only with the name of that stack', async () => {
  const lab = 'kind: project\nstack: lab\n';
  await harness.apply('kind: vm\nname: web-01\nvmid: 120\n', { project: lab });
  const yaml = 'kind: vm\nname: web-01\nvmid: 120\ndefaults: none\ncpu: { cores: 8 }\n';
  expect(errorsOf(await harness.plan(yaml))).toMatchObject([{ code: 'FOREIGN_GUEST' }]);
  expect(errorsOf(await harness.plan(yaml, { adopt: true }))[0]?.detail).toContain('--adopt=lab');
  await harness.apply(yaml, { adopt: 'lab' });
  expect(await configOf(harness, 120)).toMatchObject({ description: 'pvevm:-:vm/web-01:120' });
});

it('R-2: a copied mark makes no guest pvevm’s own: neither found by name nor changed by id', async () => {
  await createByHand(harness, 100, { name: 'web-01', description: 'pvevm:-:vm/web-01:555', memory: '512' });
  harness.writes();
  const byName = await harness.plan('kind: vm\nname: web-01\n');
  expect(errorsOf(byName)).toMatchObject([{ code: 'FOREIGN_GUEST' }]);
  expect(errorsOf(byName)[0]?.detail).toContain('mark copied from guest 555');
  const byId = await harness.plan('kind: vm\nname: web-01\nvmid: 100\n');
  expect(errorsOf(byId)).toMatchObject([{ code: 'FOREIGN_GUEST' }]);
  expect(errorsOf(await harness.removal('kind: vm\nname: web-01\nvmid: 100\n'))).toMatchObject([
    { code: 'FOREIGN_GUEST' },
  ]);
  expect(harness.writes()).toEqual([]);
});

it('R-2: the mark and the tag are in the create request itself', async () => {
  await harness.apply('kind: vm\nname: web-01\ndescription: Shop\ntags: [web]\n');
  const [create, ...others] = harness.writes();
  // The word stays until the guest is registered with HA, which nothing in the guest itself would tell.
  expect(create).toMatchObject({
    method: 'POST',
    params: { vmid: '101', description: 'Shop\n\npvevm:-:vm/web-01:101 unfinished', tags: 'pvevm;web' },
  });
  expect(others.at(-1)).toMatchObject({ method: 'PUT', params: { description: 'Shop\n\npvevm:-:vm/web-01:101' } });
});

it('finds an owned guest that was renamed by hand to the name of another document, and makes no second one', async () => {
  await harness.apply('kind: vm\nname: web-01\n---\nkind: vm\nname: db-01\n');
  await setByHand(harness, 101, { name: 'db-01' });
  const plan = await harness.plan('kind: vm\nname: web-01\n---\nkind: vm\nname: db-01\n');
  expect(plan.resources.map(({ action, vmid }) => [action, vmid])).toEqual([
    ['update', 101],
    ['none', 102],
  ]);
  expect(changesOf(plan)).toEqual([['name', 'db-01', 'web-01']]);
});

it('R-1: a guest with the mark of another document is foreign to the one whose name it has', async () => {
  await harness.apply('kind: vm\nname: web-01\nha: false\n');
  await setByHand(harness, 101, { name: 'web-02' });
  harness.writes();
  const plan = await harness.plan('kind: vm\nname: web-02\nha: false\ncpu: { cores: 4 }\n');
  expect(errorsOf(plan)).toMatchObject([{ code: 'FOREIGN_GUEST', address: 'vm/web-02' }]);
  expect(titlesOf(plan)).toEqual([]);
});

it('with marks in the description only, finds a guest that was renamed by hand', async () => {
  const project = 'kind: project\nstack: lab\nmark: description\n';
  await harness.apply('kind: vm\nname: web-01\n', { project });
  expect(await configOf(harness, 101)).toMatchObject({ description: 'pvevm:lab:vm/web-01:101' });
  expect(await configOf(harness, 101)).not.toHaveProperty('tags');
  await setByHand(harness, 101, { name: 'other' });
  const plan = await harness.apply('kind: vm\nname: web-01\n', { project });
  expect(changesOf(plan)).toEqual([['name', 'other', 'web-01']]);
  expect(await guestIds(harness)).toEqual([101]);
});

it('warns where the guest of a written vmid was another document’s', async () => {
  await harness.apply('kind: vm\nname: web-01\n');
  const plan = await harness.plan('kind: vm\nname: db-01\nvmid: 101\n');
  expect(plan.diagnostics).toMatchObject([{ severity: 'warning', code: 'IDENTITY' }]);
  expect(plan.diagnostics[0]?.detail).toContain('vm/web-01');
});

it('R-57: adopting with the built-in defaults is an error', async () => {
  await createByHand(harness, 100, FOREIGN);
  const plan = await harness.plan('kind: vm\nname: db-01\nvmid: 100\n', { adopt: true });
  expect(errorsOf(plan)).toMatchObject([{ code: 'FOREIGN_GUEST' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('defaults: none');
  expect(titlesOf(plan)).toEqual([]);
});

it('R-57: a disk grown by hand, whose size nobody wrote, is no change', async () => {
  await harness.apply('kind: vm\nname: web-01\ndisks: { scsi0: {} }\n');
  await harness.pve.put('/nodes/pve2/qemu/101/resize', { params: { disk: 'scsi0', size: '100G' } });
  await harness.sandbox.settled();
  expect(changesOf(await harness.plan('kind: vm\nname: web-01\ndisks: { scsi0: {} }\n'))).toEqual([]);
});

it('R-57: the implied disk, interface, medium, EFI disk and HA registration are never compared later', async () => {
  await harness.apply('kind: vm\nname: web-01\n');
  await harness.pve.delete('/cluster/ha/resources/vm:101');
  await setByHand(harness, 101, { delete: 'scsi0,net0,ide2,efidisk0' });
  const plan = await harness.plan('kind: vm\nname: web-01\n');
  expect(changesOf(plan)).toEqual([]);
  expect(titlesOf(plan)).toEqual([]);
});

it('without marks every document needs a vmid, and the name has to agree', async () => {
  const project = 'kind: project\nmark: none\n';
  await expect(harness.plan('kind: vm\nname: web-01\n', { project })).rejects.toThrow('Write a vmid');
  await harness.apply('kind: vm\nname: web-01\nvmid: 150\n', { project });
  expect(await configOf(harness, 150)).not.toHaveProperty('description');
  expect(await configOf(harness, 150)).not.toHaveProperty('tags');
  expect(changesOf(await harness.plan('kind: vm\nname: web-01\nvmid: 150\n', { project }))).toEqual([]);
  expect(errorsOf(await harness.plan('kind: vm\nname: web-02\nvmid: 150\n', { project }))).toMatchObject([
    { code: 'FOREIGN_GUEST' },
  ]);
});

it.each(['full', 'description'] as const)(
  'with an offline node that may hold the guest (mark: %s), a name is never called absent',
  async (mark) => {
    const project = `kind: project\nstack: lab\nmark: ${mark}\n`;
    const directory = mkdtempSync(join(tmpdir(), 'pvevm-offline-'));
    try {
      const before = await startHarness({ directory });
      await before.apply('kind: vm\nname: web-01\nnode: pve3\nha: false\n', { project });
      await setByHand(before, 101, { name: 'renamed' });
      await before.close();
      const file = join(directory, 'sandbox.json');
      const state = JSON.parse(readFileSync(file, 'utf8')) as { nodes: { name: string; online: boolean }[] };
      for (const node of state.nodes) if (node.name === 'pve3') node.online = false;
      writeFileSync(file, JSON.stringify(state));
      const after = await startHarness({ directory });
      try {
        const plan = await after.plan('kind: vm\nname: web-01\n', { project });
        expect(errorsOf(plan)).toMatchObject([{ code: 'IDENTITY' }]);
        expect(errorsOf(plan)[0]?.detail).toContain('pve3 is offline');
        expect(titlesOf(plan)).toEqual([]);
        expect(errorsOf(await after.removal('kind: vm\nname: web-01\n', { project }))).toMatchObject([
          { code: 'IDENTITY' },
        ]);
      } finally {
        await after.close();
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

it('two guests that carry the mark of one document are an error that names both', async () => {
  await createByHand(harness, 100, { name: 'web-01', description: 'pvevm:-:vm/web-01:100', tags: 'pvevm' });
  await createByHand(harness, 105, { name: 'web-01', description: 'pvevm:-:vm/web-01:105', tags: 'pvevm' });
  const plan = await harness.plan('kind: vm\nname: web-01\n');
  expect(errorsOf(plan)).toMatchObject([{ code: 'IDENTITY' }]);
  expect(errorsOf(plan)[0]?.detail).toMatch(/100 on pve1 and 105 on pve1/);
  expect(errorsOf(await harness.removal('kind: vm\nname: web-01\n'))).toMatchObject([{ code: 'IDENTITY' }]);
});

it('R-17: a written vmid that a container has, or a guest that the token does not see, is an error', async () => {
  await createByHand(harness, 100, FOREIGN);
  const seen = (change: (row: object) => readonly object[]): Harness['pve'] => ({
    ...harness.pve,
    get: async (path, options) => {
      const rows = await harness.pve.get(path, options);
      if (path !== '/cluster/resources') return rows;
      return (rows as { vmid?: number }[]).flatMap((row) => (row.vmid === 100 ? change(row) : [row]));
    },
  });
  const yaml = 'kind: vm\nname: web-01\nvmid: 100\n';
  const container = await harness.plan(yaml, { pve: seen((row) => [{ ...row, type: 'lxc', id: 'lxc/100' }]) });
  expect(errorsOf(container)).toMatchObject([{ code: 'ID_TAKEN', summary: 'the id is taken by a container' }]);
  const hidden = await harness.plan(yaml, { pve: seen(() => []) });
  expect(errorsOf(hidden)).toMatchObject([
    { code: 'ID_TAKEN', summary: 'the id is taken by a guest that the token cannot see' },
  ]);
  expect([...titlesOf(container), ...titlesOf(hidden)]).toEqual([]);
});

it('a token that cannot see every guest never takes a name for absent', async () => {
  const blind = {
    ...harness.pve,
    get: async (path: string, options?: Parameters<Harness['pve']['get']>[1]) =>
      path === '/access/permissions' ? { '/vms/500': { 'VM.Audit': 1 } } : harness.pve.get(path, options),
  };
  const plan = await harness.plan('kind: vm\nname: web-01\n', { pve: blind });
  expect(errorsOf(plan)).toMatchObject([{ code: 'PERMISSION' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('VM.Audit on /vms');
});
