import { afterEach, beforeEach, expect, it } from 'vitest';
import { missingConsent } from '../../src/engine/consent.ts';
import { type Harness, startHarness } from '../harness.ts';
import {
  createByHand,
  destroyByHand,
  errorsOf,
  guestIds,
  powerByHand,
  powerOf,
  setByHand,
  titlesOf,
  volumesOf,
} from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\ndisks: { scsi0: {}, scsi1: { size: 8GiB } }\n';

it('R-5: destroy removes an owned guest and all its volumes, unused ones too, and touches nothing else', async () => {
  await harness.apply(WEB);
  await createByHand(harness, 200, { name: 'other', scsi0: 'ceph-pool:4' });
  await setByHand(harness, 101, { delete: 'scsi1' });
  const isos = await volumesOf(harness, 'cephfs');
  const other = harness.sandbox.guestConfig(200);
  harness.writes();
  const plan = await harness.removal(WEB);
  expect(plan.resources[0]).toMatchObject({ action: 'delete', vmid: 101 });
  expect(plan.resources[0]?.changes.map(({ path, before, effect }) => [path, before, effect])).toEqual([
    ['efidisk0', 'ceph-pool:vm-101-disk-0, 1M', 'data-loss'],
    ['scsi0', 'ceph-pool:vm-101-disk-1, 32G', 'data-loss'],
    ['unused0', 'ceph-pool:vm-101-disk-2', 'data-loss'],
  ]);
  expect(missingConsent(plan, new Set())).toHaveLength(1);
  expect(await harness.run(plan)).toMatchObject({ outcome: 'ok' });
  await harness.sandbox.settled();
  expect(harness.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([
    'DELETE /cluster/ha/resources/vm:101',
    'DELETE /nodes/pve2/qemu/101',
  ]);
  expect(await guestIds(harness)).toEqual([200]);
  expect(await volumesOf(harness)).toEqual(['ceph-pool:vm-200-disk-0']);
  expect(await volumesOf(harness, 'cephfs')).toEqual(isos);
  expect(harness.sandbox.guestConfig(200)).toBe(other);
});

it('R-5: destroy leaves volumes alone that belong to another guest', async () => {
  await harness.apply(WEB);
  await createByHand(harness, 200, { name: 'other', scsi0: 'ceph-pool:4' });
  await setByHand(harness, 101, { scsi5: 'ceph-pool:vm-200-disk-0' });
  const plan = await harness.removal(WEB);
  expect(plan.resources[0]?.changes.map(({ path }) => path)).not.toContain('scsi5');
  await harness.run(plan);
  await harness.sandbox.settled();
  expect(await volumesOf(harness)).toEqual(['ceph-pool:vm-200-disk-0']);
});

it('R-5: destroy names the volumes that wait for a restart, and the memory of a guest that is suspended to disk', async () => {
  await harness.apply(`${WEB}node: pve1\nha: false\npower: running\n`);
  await setByHand(harness, 101, { sata3: 'ceph-pool:4' });
  await harness.pve.post('/nodes/pve1/qemu/101/status/suspend', { params: { todisk: 1 } });
  await harness.sandbox.settled();
  const plan = await harness.removal(WEB);
  const [sata, , , memory] = (plan.resources[0]?.changes ?? []).slice(1);
  expect(plan.resources[0]?.changes.map(({ path }) => path)).toEqual([
    'efidisk0',
    'sata3',
    'scsi0',
    'scsi1',
    'vmstate',
  ]);
  expect([sata?.before, memory?.before]).toEqual([
    'ceph-pool:vm-101-disk-3, 4G',
    expect.stringMatching(/:vm-101-state-/),
  ]);
});

it('R-5: destroy refuses a foreign guest, by name and by id', async () => {
  await createByHand(harness, 100, { name: 'web-01' });
  harness.writes();
  for (const yaml of ['kind: vm\nname: web-01\n', 'kind: vm\nname: web-01\nvmid: 100\n']) {
    const plan = await harness.removal(yaml);
    expect(errorsOf(plan)).toMatchObject([{ code: 'FOREIGN_GUEST' }]);
    expect(titlesOf(plan)).toEqual([]);
    await harness.run(plan);
  }
  expect(harness.writes()).toEqual([]);
  expect(await guestIds(harness)).toEqual([100]);
});

it('R-5: destroy refuses the guest of another document that a mistaken vmid names', async () => {
  await harness.apply('kind: vm\nname: web-01\n');
  const plan = await harness.removal('kind: vm\nname: db-01\nvmid: 101\n');
  expect(errorsOf(plan)).toMatchObject([{ code: 'FOREIGN_GUEST' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('vm/web-01');
  expect(titlesOf(plan)).toEqual([]);
});

it('R-5: destroy refuses the guest of another stack', async () => {
  await harness.apply('kind: vm\nname: web-01\n', { project: 'kind: project\nstack: lab\n' });
  for (const yaml of ['kind: vm\nname: web-01\n', 'kind: vm\nname: web-01\nvmid: 101\n']) {
    expect(errorsOf(await harness.removal(yaml))).toMatchObject([{ code: 'FOREIGN_GUEST' }]);
  }
});

it('R-5: protection refuses', async () => {
  await harness.apply(`${WEB}protection: true\n`);
  const plan = await harness.removal(`${WEB}protection: true\n`);
  expect(errorsOf(plan)).toMatchObject([{ code: 'IMPOSSIBLE', summary: 'the guest is protected' }]);
  expect(titlesOf(plan)).toEqual([]);
});

it('R-30: destroying a running guest asks it to shut down first, and never stops it hard', async () => {
  await harness.apply(`${WEB}power: running\n`);
  // What waits for a restart is applied by Proxmox VE when the guest stops: nobody else’s change.
  await setByHand(harness, 101, { cores: 8, delete: 'numa' });
  harness.writes();
  const plan = await harness.removal(WEB);
  expect(await harness.run(plan)).toMatchObject({ outcome: 'ok', errors: [] });
  expect(harness.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([
    'DELETE /cluster/ha/resources/vm:101',
    'POST /nodes/pve2/qemu/101/status/shutdown',
    'DELETE /nodes/pve2/qemu/101',
  ]);
  await harness.sandbox.settled();
  expect(await guestIds(harness)).toEqual([]);
});

it('R-5: a guest that was started since the plan is not destroyed', async () => {
  await harness.apply(`${WEB}ha: false\n`);
  const plan = await harness.removal(WEB);
  await powerByHand(harness, 101, 'start');
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', wrote: false });
  expect(await powerOf(harness, 101)).toBe('running');
});

it('R-5: a document without a guest asks for nothing', async () => {
  await createByHand(harness, 100, { name: 'other' });
  const plan = await harness.removal(WEB);
  expect(plan.resources).toEqual([]);
  expect(plan.diagnostics).toEqual([]);
});

it('R-54: a guest that was destroyed and made anew under the same id is not destroyed', async () => {
  await harness.apply('kind: vm\nname: web-01\nha: false\n');
  const plan = await harness.removal('kind: vm\nname: web-01\n');
  expect(plan.resources[0]?.incarnation).toMatch(/^smbios1=[0-9a-f-]{36}$/);
  await destroyByHand(harness, 101);
  await createByHand(harness, 101, { name: 'web-01', description: 'pvevm:-:vm/web-01:101' }, 'pve2');
  harness.writes();
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(harness.writes()).toEqual([]);
  expect(await guestIds(harness)).toEqual([101]);
});
