import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkVm } from '../../src/kinds/vm/check.ts';
import { type Harness, startHarness } from '../harness.ts';
import { loadFiles, loadOne } from '../spec/load-text.ts';
import { changesOf, configOf, errorsOf, powerByHand, setByHand, titlesOf, volumesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nha: false\n';
const DISKS = `${WEB}disks: { scsi0: {} }\n`;
const BOTH = `${WEB}disks: { scsi0: {} }\nnetwork: { net0: {} }\nexclusive: [disks, network]\n`;

it('R-12: a device that the document lacks is unmanaged, until exclusive names its map', async () => {
  await harness.apply(DISKS);
  await setByHand(harness, 101, { scsi7: 'ceph-pool:3', net4: 'virtio,bridge=vmbr9' });
  const left = await harness.plan(DISKS);
  expect(left.resources[0]?.unmanaged).toEqual(expect.arrayContaining(['net4', 'scsi7']));
  expect(changesOf(left)).toEqual([]);

  const disks = await harness.plan(`${DISKS}exclusive: [disks]\n`);
  expect(titlesOf(disks)).toEqual(['detach disk scsi7 (becomes unused0: ceph-pool:vm-101-disk-2)']);
  expect(disks.resources[0]?.unmanaged).toContain('net4');
  expect(disks.resources[0]?.unmanaged).not.toContain('scsi7');
  const network = await harness.plan(`${WEB}network: { net0: {} }\nexclusive: [network]\n`);
  expect(titlesOf(network)).toEqual(['remove network interface net4']);
});

it('R-12 R-32: exclusive detaches a disk, keeps its volume, and plans nothing afterwards', async () => {
  await harness.apply(BOTH);
  await setByHand(harness, 101, { scsi7: 'ceph-pool:3', virtio1: 'ceph-pool:3', net4: 'virtio,bridge=vmbr9' });
  const volumes = await volumesOf(harness);
  const plan = await harness.apply(BOTH);
  expect(plan.resources[0]?.changes).toMatchObject([
    { path: 'disks.scsi7', after: null, origin: 'vm.yaml:6:12' },
    { path: 'disks.virtio1', after: null },
    { path: 'network.net4', after: null },
  ]);
  const config = await configOf(harness, 101);
  for (const key of ['scsi7', 'virtio1', 'net4']) expect(config).not.toHaveProperty(key);
  expect(config).toHaveProperty('unused0');
  expect(config).toHaveProperty('unused1');
  expect(await volumesOf(harness)).toEqual(volumes);
  expect(titlesOf(await harness.plan(BOTH))).toEqual([]);
});

it('exclusive leaves media, cloud-init drives, the EFI disk, the TPM and unused volumes alone', async () => {
  const yaml = `${WEB}disks: { scsi0: {} }\nos: { media: none }\nsystem: { tpm: {} }\nexclusive: [disks]\n`;
  await harness.apply(yaml);
  await setByHand(harness, 101, { sata1: 'none,media=cdrom', ide0: 'ceph-pool:cloudinit', scsi5: 'ceph-pool:1' });
  await setByHand(harness, 101, { delete: 'scsi5' });
  const before = await configOf(harness, 101);
  for (const key of ['efidisk0', 'tpmstate0', 'ide2', 'sata1', 'ide0', 'unused0']) expect(before).toHaveProperty(key);
  expect(changesOf(await harness.plan(yaml))).toEqual([]);
});

it('takes a device out of the boot order before it removes it', async () => {
  await harness.apply(BOTH);
  await setByHand(harness, 101, { scsi7: 'ceph-pool:3' });
  await setByHand(harness, 101, { boot: 'order=scsi7;scsi0' });
  harness.writes();
  const plan = await harness.apply(BOTH);
  expect(titlesOf(plan)).toEqual(['set boot order', 'detach disk scsi7 (becomes unused0: ceph-pool:vm-101-disk-2)']);
  expect(harness.writes().map(({ params }) => params)).toMatchObject([{ boot: 'order=scsi0' }, { delete: 'scsi7' }]);
});

it('R-32: says of a volume that is not the guest’s own that it is not kept as unused', async () => {
  await harness.apply(BOTH);
  await harness.apply('kind: vm\nname: other\nha: false\ndisks: { scsi0: {} }\n');
  await setByHand(harness, 101, { scsi7: 'ceph-pool:vm-102-disk-1' });
  const plan = await harness.apply(BOTH);
  expect(titlesOf(plan)).toEqual([
    'detach disk scsi7 (ceph-pool:vm-102-disk-1 is not the guest’s own, and is not kept as unused)',
  ]);
  expect(await configOf(harness, 101)).not.toHaveProperty('unused0');
});

it('R-16: says what a removal does to a running guest, as with null', async () => {
  await harness.apply(`${BOTH}power: running\n`);
  await setByHand(harness, 101, { scsi7: 'ceph-pool:3', sata2: 'ceph-pool:3' });
  await powerByHand(harness, 101, 'stop');
  await powerByHand(harness, 101, 'start');
  const plan = await harness.plan(BOTH);
  expect(plan.resources[0]?.changes.map(({ path, effect }) => [path, effect])).toEqual([
    ['disks.sata2', 'restart'],
    ['disks.scsi7', 'live'],
  ]);
});

it('a boot disk of a running guest and a disk of a protected one are errors, as with null', async () => {
  await harness.apply(BOTH);
  await setByHand(harness, 101, { scsi7: 'ceph-pool:3' });
  await setByHand(harness, 101, { boot: 'order=scsi7;scsi0', protection: 1 });
  expect(errorsOf(await harness.plan(BOTH))).toMatchObject([{ summary: 'the guest is protected' }]);
  await setByHand(harness, 101, { protection: 0 });
  await powerByHand(harness, 101, 'start');
  expect(errorsOf(await harness.plan(BOTH))).toMatchObject([
    { code: 'CONSENT', pointer: '/disks/scsi7', summary: 'a boot disk cannot be removed from a running guest' },
  ]);
});

it('R-1: a guest of somebody else loses nothing without --adopt', async () => {
  await harness.apply(DISKS);
  await setByHand(harness, 101, { scsi7: 'ceph-pool:3', description: 'mine', delete: 'tags' });
  const yaml = 'kind: vm\nname: web-01\nvmid: 101\ndefaults: none\ndisks: { scsi0: {} }\nexclusive: [disks]\n';
  const plan = await harness.plan(yaml);
  expect(errorsOf(plan)).toMatchObject([{ code: 'FOREIGN_GUEST' }]);
  expect(titlesOf(plan)).toEqual([]);
});

it('ignore wins over exclusive', async () => {
  await harness.apply(DISKS);
  await setByHand(harness, 101, { scsi7: 'ceph-pool:3', scsi8: 'ceph-pool:3' });
  const plan = await harness.plan(`${DISKS}exclusive: [disks]\nignore: [disks.scsi7]\n`);
  expect(changesOf(plan).map(([path]) => path)).toEqual(['disks.scsi8']);
  expect(plan.resources[0]?.unmanaged).toContain('scsi7');
  expect(changesOf(await harness.plan(`${DISKS}exclusive: [disks]\nignore: [disks]\n`))).toEqual([]);
});

it('an empty map that is exclusive takes everything away', async () => {
  await harness.apply(`${WEB}disks: { scsi0: {} }\nnetwork: { net0: {}, net1: {} }\n`);
  const plan = await harness.plan(`${WEB}disks: { scsi0: {} }\nnetwork: {}\nexclusive: [network]\n`);
  expect(changesOf(plan).map(([path]) => path)).toEqual(['network.net0', 'network.net1']);
});

it('a "*" default never revives a slot that is written as null', async () => {
  const project = 'kind: project\ndefaults: { vm: { disks: { "*": { storage: local-lvm, cache: writeback } } } }\n';
  const resource = await loadOne('kind: vm\nname: x\ndisks: { scsi0: {}, scsi1: null }\nexclusive: [disks]\n', project);
  expect(resource.spec['disks']).toMatchObject({ scsi0: { cache: 'writeback' }, scsi1: null });
});

describe('a document that is not finished', () => {
  it.each([
    ['exclusive: [disks]', 'disks'],
    ['defaults: none\nexclusive: [disks]', 'disks'],
    ['disks: {}\nexclusive: [disks, network]', 'network'],
  ])('is refused where the map is not written: %j', async (body, map) => {
    const found = checkVm(await loadOne(`kind: vm\nname: x\n${body}\n`));
    expect(found.map(({ summary, detail }) => [summary, detail])).toEqual([
      [
        'exclusive without its map',
        `exclusive names ${map}, and the document has no ${map}. Write the devices that are to stay, or ${map}: {} for none.`,
      ],
    ]);
  });

  it('is refused where a map cannot be exclusive', async () => {
    const { diagnostics } = await loadFiles({ 'vm.yaml': 'kind: vm\nname: x\nexclusive: [tags]\n' });
    expect(diagnostics).toMatchObject([{ severity: 'error', pointer: '/exclusive/0', range: { line: 3, column: 13 } }]);
  });
});
