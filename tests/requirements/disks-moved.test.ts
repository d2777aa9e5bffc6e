import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import type { Plan } from '../../src/core/plan.ts';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, createByHand, errorsOf, powerByHand, setByHand, titlesOf, volumesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const DISKS = `${WEB}disks: { scsi0: { size: 8GiB }, scsi1: { size: 4GiB, cache: writeback, serial: DATA } }\n`;
const MOVED = `${WEB}disks: { scsi0: { size: 8GiB }, scsi1: { size: 4GiB, cache: writeback, serial: DATA, storage: local-lvm } }\n`;

async function addFiles(): Promise<void> {
  await harness.pve.post('/storage', {
    params: { storage: 'files', type: 'dir', path: '/srv/files', content: 'images', nodes: 'pve1' },
  });
}

/** The writes since the last call: method, the end of the path, and the parameters without the digest. */
function written(): readonly unknown[] {
  return harness.writes().map(({ method, path, params }) => {
    const { digest: _, ...rest } = params as JsonObject;
    return [method, path.slice(path.lastIndexOf('/') + 1), rest];
  });
}

async function expectNothingMore(yaml: string): Promise<void> {
  const again = await harness.plan(yaml);
  expect(changesOf(again)).toEqual([]);
  expect(titlesOf(again)).toEqual([]);
}

/** The changes of a plan: path, effect and state. */
function effectsOf(plan: Plan): readonly unknown[] {
  return plan.resources.flatMap(({ changes }) => changes.map(({ path, effect, state }) => [path, effect, state]));
}

it.each(['stopped', 'running'] as const)(
  'R-34: another storage is a move that keeps the options of the disk of a %s guest',
  async (power) => {
    await harness.apply(DISKS);
    if (power === 'running') await powerByHand(harness, 101, 'start');
    const before = String((await configOf(harness, 101))['scsi1']);
    harness.writes();
    const plan = await harness.apply(MOVED);
    expect(titlesOf(plan)).toEqual(['move disk scsi1 to local-lvm, then remove ceph-pool:vm-101-disk-2']);
    expect(effectsOf(plan)).toEqual([['disks.scsi1.storage', power === 'running' ? 'live' : 'none', 'change']]);
    expect(written()).toEqual([['POST', 'move_disk', { disk: 'scsi1', storage: 'local-lvm', delete: '1' }]]);
    expect(plan.resources[0]?.steps[0]?.request?.params).toHaveProperty('digest', plan.resources[0]?.digest);
    const config = await configOf(harness, 101);
    expect(config['scsi1']).toBe(before.replace('ceph-pool:vm-101-disk-2', 'local-lvm:vm-101-disk-0'));
    expect(config).not.toHaveProperty('unused0');
    expect(await volumesOf(harness)).not.toContain('ceph-pool:vm-101-disk-2');
    await expectNothingMore(MOVED);
  },
);

it('R-34: a move, a growth and options of one disk of a running guest are three writes, and what waits for the restart has the new volume and size', async () => {
  await harness.apply(`${DISKS}power: running\n`);
  harness.writes();
  const yaml = `${WEB}disks: { scsi0: { size: 8GiB }, scsi1: { size: 6GiB, cache: unsafe, serial: DATA, storage: local-lvm } }\n`;
  const plan = await harness.apply(yaml);
  expect(titlesOf(plan)).toEqual([
    'move disk scsi1 to local-lvm, then remove ceph-pool:vm-101-disk-2',
    'grow disk scsi1 to 6G',
    'change disk scsi1',
  ]);
  expect(plan.resources[0]?.steps[2]?.request?.params).toMatchObject({
    scsi1: '{volume},cache=unsafe,iothread=1,serial=DATA,ssd=1',
  });
  expect(written().at(-1)).toEqual([
    'POST',
    'config',
    { scsi1: 'local-lvm:vm-101-disk-0,cache=unsafe,iothread=1,serial=DATA,ssd=1' },
  ]);
  const waits = await harness.plan(yaml);
  expect(effectsOf(waits)).toEqual([['disks.scsi1.cache', 'restart', 'pending']]);
  expect(titlesOf(waits)).toEqual([]);
  await powerByHand(harness, 101, 'stop');
  expect(await configOf(harness, 101)).toMatchObject({
    scsi1: 'local-lvm:vm-101-disk-0,cache=unsafe,iothread=1,serial=DATA,size=6G,ssd=1',
  });
  await expectNothingMore(yaml);
});

it('R-33 R-34: what waits for a restart is written once more after a move and a growth, so that the restart does not bring back the old volume and size', async () => {
  await harness.apply(`${DISKS}power: running\n`);
  await setByHand(harness, 101, {
    scsi1: 'ceph-pool:vm-101-disk-2,aio=threads,cache=writeback,iothread=1,serial=DATA,ssd=1',
  });
  const grown = MOVED.replace('size: 4GiB', 'size: 5GiB');
  const plan = await harness.apply(grown);
  expect(titlesOf(plan)).toHaveLength(3);
  expect(titlesOf(await harness.plan(grown))).toEqual([]);
  await powerByHand(harness, 101, 'stop');
  expect((await configOf(harness, 101))['scsi1']).toBe(
    'local-lvm:vm-101-disk-0,aio=threads,cache=writeback,iothread=1,serial=DATA,size=5G,ssd=1',
  );
  await expectNothingMore(grown);
});

it('R-33: a growth of a disk with something pending ends with the new size after the restart', async () => {
  await harness.apply(`${DISKS}power: running\n`);
  await harness.apply(DISKS.replace('cache: writeback', 'cache: unsafe'));
  const grown = DISKS.replace('cache: writeback', 'cache: unsafe').replace('size: 4GiB', 'size: 5GiB');
  await harness.apply(grown);
  expect(titlesOf(await harness.plan(grown))).toEqual([]);
  await powerByHand(harness, 101, 'stop');
  expect((await configOf(harness, 101))['scsi1']).toContain('size=5G');
  await expectNothingMore(grown);
});

it('converts a disk, with and without a move', async () => {
  await addFiles();
  await harness.apply(DISKS);
  const asQcow2 = MOVED.replace('storage: local-lvm', 'storage: files, format: qcow2');
  const plan = await harness.apply(asQcow2);
  expect(titlesOf(plan)).toEqual(['move disk scsi1 to files as qcow2, then remove ceph-pool:vm-101-disk-2']);
  expect((await configOf(harness, 101))['scsi1']).toMatch(/^files:101\/vm-101-disk-0\.qcow2,cache=writeback/);
  await expectNothingMore(asQcow2);
  harness.writes();
  const asRaw = asQcow2.replace('qcow2', 'raw');
  const back = await harness.apply(asRaw);
  expect(titlesOf(back)).toEqual(['convert disk scsi1 to raw, then remove files:101/vm-101-disk-0.qcow2']);
  expect(written()).toEqual([['POST', 'move_disk', { disk: 'scsi1', storage: 'files', format: 'raw', delete: '1' }]]);
  await expectNothingMore(asRaw);
});

it('R-17: a format that the storage cannot hold is an error, at creation and at a move', async () => {
  const fresh = await harness.plan(`${WEB}disks: { scsi0: { format: qcow2 } }\n`);
  expect(errorsOf(fresh)).toMatchObject([
    { code: 'IMPOSSIBLE', summary: 'the storage cannot hold this format', pointer: '/disks/scsi0/format' },
  ]);
  await harness.apply(DISKS);
  const moved = await harness.plan(MOVED.replace('storage: local-lvm', 'storage: local-lvm, format: qcow2'));
  expect(errorsOf(moved).map(({ detail }) => detail)).toEqual([
    'disks.scsi1.format is qcow2, and local-lvm (lvmthin) holds raw. Write format: raw, or take a storage of files.',
  ]);
});

it('R-17: a move to a storage that does not exist, or holds no disks, is an error with the candidates', async () => {
  await harness.apply(DISKS);
  for (const storage of ['nowhere', 'cephfs']) {
    const plan = await harness.plan(MOVED.replace('local-lvm', storage));
    expect(errorsOf(plan)).toMatchObject([{ code: 'MISSING', pointer: '/disks/scsi1/storage' }]);
    expect(errorsOf(plan)[0]?.detail).toContain('ceph-pool, local-lvm');
  }
});

it('R-17: a disk that a snapshot holds is not moved, since Proxmox VE would not remove its source', async () => {
  await harness.apply(DISKS);
  await harness.pve.post('/nodes/pve1/qemu/101/snapshot', { params: { snapname: 'before' } });
  await harness.sandbox.settled();
  const plan = await harness.plan(MOVED);
  expect(errorsOf(plan)).toMatchObject([{ code: 'IMPOSSIBLE', summary: 'a snapshot holds the volume' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('qm delsnapshot 101 before');
  await harness.pve.delete('/nodes/pve1/qemu/101/snapshot/before');
  await harness.sandbox.settled();
  expect(errorsOf(await harness.plan(MOVED))).toEqual([]);
});

it('R-17: a disk that is another guest’s volume is not moved, since its source would be removed from under that guest', async () => {
  await harness.apply(DISKS);
  await createByHand(harness, 500, { name: 'old', scsi0: 'ceph-pool:4' });
  await setByHand(harness, 101, { scsi1: 'ceph-pool:vm-500-disk-0,cache=writeback,serial=DATA' });
  harness.writes();
  const plan = await harness.plan(MOVED);
  expect(errorsOf(plan)).toMatchObject([
    {
      code: 'IMPOSSIBLE',
      summary: 'the volume is not the guest’s own',
      detail: expect.stringContaining('ceph-pool:vm-500-disk-0') as string,
      pointer: '/disks/scsi1/storage',
    },
  ]);
  expect(titlesOf(plan)).toEqual([]);
  expect(await volumesOf(harness)).toContain('ceph-pool:vm-500-disk-0');
});

it('R-34: the EFI disk is moved while the guest runs, the TPM’s state of a stopped guest only', async () => {
  const firmware = (efi: string, tpm: string): string =>
    `${WEB}system: { efi: { storage: ${efi} }, tpm: { storage: ${tpm} } }\n`;
  await harness.apply(firmware('ceph-pool', 'ceph-pool'));
  await powerByHand(harness, 101, 'start');
  const both = firmware('local-lvm', 'local-lvm');
  expect(errorsOf(await harness.plan(both))).toMatchObject([
    {
      code: 'CONSENT',
      pointer: '/system/tpm/storage',
      summary: 'the TPM’s state cannot be moved while the guest runs',
    },
  ]);
  const efi = await harness.apply(firmware('local-lvm', 'ceph-pool'));
  expect(effectsOf(efi)).toEqual([['system.efi.storage', 'live', 'change']]);
  expect(titlesOf(efi)[0]).toMatch(/^move EFI disk to local-lvm, then remove ceph-pool:vm-101-disk-\d$/);
  await powerByHand(harness, 101, 'stop');
  const tpm = await harness.apply(both);
  expect(titlesOf(tpm)[0]).toMatch(/^move TPM state to local-lvm, then remove ceph-pool:vm-101-disk-\d$/);
  const config = await configOf(harness, 101);
  expect([config['efidisk0'], config['tpmstate0']].map((text) => String(text).split(':')[0])).toEqual([
    'local-lvm',
    'local-lvm',
  ]);
  expect(config['efidisk0']).toContain('efitype=4m');
  await expectNothingMore(both);
});

it('R-17: a disk that waits for a restart cannot be moved or grown before', async () => {
  await harness.apply(`${WEB}power: running\ndisks: { scsi0: { size: 8GiB } }\n`);
  await harness.apply(`${WEB}disks: { scsi0: { size: 8GiB }, sata1: { size: 1GiB } }\n`);
  const plan = await harness.plan(
    `${WEB}disks: { scsi0: { size: 8GiB }, sata1: { size: 2GiB, storage: local-lvm } }\n`,
  );
  expect(errorsOf(plan).map(({ pointer, summary }) => [pointer, summary])).toEqual([
    ['/disks/sata1/storage', 'the disk waits for a restart'],
    ['/disks/sata1/size', 'the disk waits for a restart'],
  ]);
});

it('R-17: warns where the storage that a disk is moved to, or grows on, has less space than it may take', async () => {
  await harness.apply(DISKS);
  const summaries = async (yaml: string): Promise<readonly (string | undefined)[][]> =>
    (await harness.plan(yaml)).diagnostics.map(({ severity, pointer, summary }) => [severity, pointer, summary]);
  const scarce = 'the storage has less space than the disks may take';
  expect(await summaries(MOVED)).toEqual([]);
  expect(await summaries(MOVED.replace('size: 4GiB', 'size: 600GiB'))).toEqual([
    ['warning', '/disks/scsi1/storage', scarce],
  ]);
  expect(await summaries(DISKS.replace('size: 4GiB', 'size: 3TiB'))).toEqual([
    ['warning', '/disks/scsi1/size', scarce],
  ]);
});

it('R-33: a smaller disk is a plan error, a larger one is a resize, an unwritten size is kept', async () => {
  await harness.apply(DISKS);
  const smaller = await harness.plan(DISKS.replace('4GiB', '3GiB'));
  expect(errorsOf(smaller)).toMatchObject([{ code: 'IMPOSSIBLE', pointer: '/disks/scsi1/size' }]);
  harness.writes();
  const larger = DISKS.replace('4GiB', '5GiB');
  await harness.apply(larger);
  expect(written()).toEqual([['PUT', 'resize', { disk: 'scsi1', size: '5G' }]]);
  await expectNothingMore(larger);
  await expectNothingMore(`${WEB}disks: { scsi0: {}, scsi1: { cache: writeback, serial: DATA } }\n`);
});

it('R-8 R-33: a size that the storage rounds up is the size that was asked for', async () => {
  const disk = (more: string): string => `${WEB}disks: { scsi0: { storage: local-lvm, size: 5001MiB${more} } }\n`;
  await harness.apply(disk(''));
  expect((await configOf(harness, 101))['scsi0']).toContain('size=5001M');
  await expectNothingMore(disk(''));
  // The next write of the drive reads the size of the volume, which is one of whole extents.
  await harness.apply(disk(', cache: writeback'));
  expect((await configOf(harness, 101))['scsi0']).toContain('size=5004M');
  await expectNothingMore(disk(', cache: writeback'));
  expect(errorsOf(await harness.plan(disk('').replace('5001', '5000')))).toMatchObject([
    { summary: 'a disk cannot shrink' },
  ]);
  expect(titlesOf(await harness.plan(disk(', cache: writeback').replace('5001', '5005')))).toEqual([
    'grow disk scsi0 to 5005M',
  ]);
});
