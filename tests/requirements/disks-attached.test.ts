import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { missingConsent } from '../../src/engine/consent.ts';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, createByHand, errorsOf, powerByHand, setByHand, titlesOf, volumesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const TWO_DISKS = `${WEB}disks: { scsi0: { size: 8GiB }, scsi1: { size: 4GiB } }\n`;
const VOLUME = 'ceph-pool:vm-101-disk-2';

/** The parameters of the writes since the last call, without digests. */
function written(): readonly JsonObject[] {
  return harness.writes().map(({ params }) => {
    const { digest: _, ...rest } = params as JsonObject;
    return rest;
  });
}

async function expectNothingMore(yaml: string): Promise<void> {
  const again = await harness.plan(yaml);
  expect(changesOf(again)).toEqual([]);
  expect(titlesOf(again)).toEqual([]);
}

function attaching(slot: string, volume: string, more = ''): string {
  return `${WEB}disks: { scsi0: { size: 8GiB }, ${slot}: { volume: "${volume}" }${more} }\n`;
}

/** A guest with scsi0, and with what was scsi1 as unused0. */
async function withUnused(): Promise<void> {
  await harness.apply(TWO_DISKS);
  await setByHand(harness, 101, { delete: 'scsi1' });
  expect(await configOf(harness, 101)).toMatchObject({ unused0: VOLUME });
}

it.each(['stopped', 'running'] as const)(
  'attaches an unused volume to a %s guest, which is unused no longer',
  async (power) => {
    await withUnused();
    if (power === 'running') await powerByHand(harness, 101, 'start');
    harness.writes();
    const plan = await harness.apply(attaching('virtio3', VOLUME));
    expect(titlesOf(plan)).toEqual([`attach ${VOLUME} as virtio3`]);
    expect(plan.resources[0]?.changes).toMatchObject([{ effect: power === 'running' ? 'live' : 'none' }]);
    expect(written()).toEqual([{ virtio3: `${VOLUME},iothread=1` }]);
    const config = await configOf(harness, 101);
    expect(config).toMatchObject({ virtio3: `${VOLUME},iothread=1,size=4G` });
    expect(config).not.toHaveProperty('unused0');
    await expectNothingMore(attaching('virtio3', VOLUME));
    await expectNothingMore(`${WEB}disks: { scsi0: {}, virtio3: {} }\n`);
  },
);

it('attaches a volume at creation', async () => {
  await harness.apply(`${TWO_DISKS}vmid: 300\n`.replace('web-01', 'old'));
  const yaml = `${WEB}vmid: 400\ndisks: { scsi0: { size: 8GiB }, scsi1: { volume: "ceph-pool:vm-300-disk-9" } }\n`;
  expect(errorsOf(await harness.plan(yaml))).toMatchObject([{ code: 'MISSING' }]);
  await harness.pve.post('/nodes/pve1/storage/ceph-pool/content', {
    params: { filename: 'vm-400-disk-0', vmid: 400, size: '2G' },
  });
  const own = yaml.replace('vm-300-disk-9', 'vm-400-disk-0');
  await harness.apply(own);
  expect((await configOf(harness, 400))['scsi1']).toBe('ceph-pool:vm-400-disk-0,iothread=1,size=2G,ssd=1');
  await expectNothingMore(own);
});

it('puts another volume into a slot, and keeps the old one as unused', async () => {
  await withUnused();
  const yaml = `${WEB}disks: { scsi0: { volume: "${VOLUME}" } }\n`;
  harness.writes();
  const plan = await harness.apply(yaml);
  expect(titlesOf(plan)).toEqual([
    `put ${VOLUME} into scsi0 in place of ceph-pool:vm-101-disk-1 (becomes unused0: ceph-pool:vm-101-disk-1)`,
  ]);
  expect(written()).toEqual([{ scsi0: `${VOLUME},iothread=1,ssd=1` }]);
  expect(await configOf(harness, 101)).toMatchObject({ unused0: 'ceph-pool:vm-101-disk-1' });
  await expectNothingMore(yaml);
});

it('R-32: another bus is a detach and an attach of the same volume, and the boot order follows', async () => {
  await harness.apply(TWO_DISKS);
  const before = String((await configOf(harness, 101))['boot']);
  const yaml = `${WEB}disks: { scsi0: null, virtio0: { volume: "ceph-pool:vm-101-disk-1" }, scsi1: {} }\n`;
  harness.writes();
  const plan = await harness.apply(yaml);
  expect(before).toMatch(/^order=scsi0;/);
  expect(titlesOf(plan)).toEqual([
    'set boot order',
    'detach disk scsi0 (ceph-pool:vm-101-disk-1, which is attached as virtio0)',
    'attach ceph-pool:vm-101-disk-1 as virtio0',
    'set boot order',
  ]);
  expect(written()).toEqual([
    { boot: before.replace('scsi0;', '') },
    { delete: 'scsi0' },
    { virtio0: 'ceph-pool:vm-101-disk-1,iothread=1' },
    { boot: before.replace('scsi0', 'virtio0') },
  ]);
  const config = await configOf(harness, 101);
  expect(config).toMatchObject({ boot: before.replace('scsi0', 'virtio0') });
  expect(config).not.toHaveProperty('unused0');
  await expectNothingMore(yaml);
});

it('R-32: a disk that is not booted from changes its bus while the guest runs', async () => {
  await harness.apply(`${TWO_DISKS}power: running\n`);
  const yaml = `${WEB}disks: { scsi0: {}, scsi1: null, virtio1: { volume: "${VOLUME}" } }\n`;
  const plan = await harness.apply(yaml);
  expect(plan.resources[0]?.steps.map(({ effect }) => effect)).toEqual(['live', 'live']);
  expect(await configOf(harness, 101)).toMatchObject({ virtio1: `${VOLUME},iothread=1,size=4G` });
  await expectNothingMore(yaml);
});

it('R-17: a volume that its old slot keeps until the restart cannot be attached before', async () => {
  await harness.apply(`${WEB}power: running\ndisks: { scsi0: { size: 8GiB }, sata1: { size: 4GiB } }\n`);
  const volume = String((await configOf(harness, 101))['sata1']).split(',')[0];
  const yaml = `${WEB}disks: { scsi0: {}, sata1: null, scsi1: { volume: "${volume}" } }\n`;
  expect(errorsOf(await harness.plan(yaml))).toMatchObject([
    { code: 'CONSENT', pointer: '/disks/scsi1/volume', summary: 'the volume is in use until the next start' },
  ]);
  await powerByHand(harness, 101, 'stop');
  await harness.apply(yaml);
  expect(String((await configOf(harness, 101))['scsi1']).split(',')[0]).toBe(volume);
});

it('R-17: the volume of an ide or sata disk is not replaced while the guest runs, nor that of a boot disk', async () => {
  await withUnused();
  await setByHand(harness, 101, { sata1: 'ceph-pool:1' });
  await powerByHand(harness, 101, 'start');
  const sata = await harness.plan(`${WEB}disks: { scsi0: {}, sata1: { volume: "${VOLUME}" } }\n`);
  expect(errorsOf(sata)).toMatchObject([{ code: 'CONSENT', pointer: '/disks/sata1/volume' }]);
  const boot = await harness.plan(`${WEB}disks: { scsi0: { volume: "${VOLUME}" } }\n`);
  expect(errorsOf(boot)).toMatchObject([{ code: 'CONSENT', pointer: '/disks/scsi0/volume' }]);
});

it('R-17: a volume that does not exist is an error that offers the unused ones first', async () => {
  await withUnused();
  const plan = await harness.plan(attaching('scsi2', 'ceph-pool:vm-101-disk-7'));
  expect(errorsOf(plan)).toMatchObject([{ code: 'MISSING', pointer: '/disks/scsi2/volume' }]);
  expect(errorsOf(plan)[0]?.detail).toContain(`Guest 101 could attach: ${VOLUME}.`);
  const nowhere = await harness.plan(attaching('scsi2', 'nowhere:vm-101-disk-7'));
  expect(errorsOf(nowhere)).toMatchObject([{ code: 'MISSING', pointer: '/disks/scsi2/volume' }]);
});

it('R-17: a volume that the guest itself uses in another slot is an error', async () => {
  await harness.apply(TWO_DISKS);
  const plan = await harness.plan(`${WEB}disks: { scsi0: {}, scsi1: {}, scsi2: { volume: "${VOLUME}" } }\n`);
  expect(errorsOf(plan)).toMatchObject([{ code: 'IMPOSSIBLE', summary: 'the volume is in use' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('Write scsi1: null beside it');
});

it('R-17: a volume that another guest uses is an error that names the guest and its slot', async () => {
  await harness.apply(TWO_DISKS);
  await createByHand(harness, 200, { scsi4: 'ceph-pool:1' });
  const plan = await harness.plan(attaching('scsi2', 'ceph-pool:vm-200-disk-0'));
  expect(errorsOf(plan)).toMatchObject([{ code: 'IMPOSSIBLE', summary: 'the volume is in use by another guest' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('qm disk move 200 scsi4 --target-vmid 101 --target-disk scsi2');
});

it('R-21: a disk of the host is for root@pam alone', async () => {
  await harness.apply(TWO_DISKS);
  const plan = await harness.plan(attaching('scsi2', '/dev/disk/by-id/ata-A'));
  expect(errorsOf(plan)).toMatchObject([{ code: 'PERMISSION', pointer: '/disks/scsi2/volume' }]);
});

it('warns where a slot goes and a new, empty disk of the same size comes, and says how to keep the data', async () => {
  await harness.apply(TWO_DISKS);
  const plan = await harness.plan(`${WEB}disks: { scsi0: {}, scsi1: null, virtio1: { size: 4GiB } }\n`);
  expect(errorsOf(plan)).toEqual([]);
  const [warning, ...more] = plan.diagnostics;
  expect(more).toEqual([]);
  expect(warning).toMatchObject({ severity: 'warning', pointer: '/disks/virtio1' });
  expect(warning?.detail).toContain(`write virtio1: { volume: "${VOLUME}" } beside scsi1: null`);
  const larger = await harness.plan(`${WEB}disks: { scsi0: {}, scsi1: null, virtio1: { size: 5GiB } }\n`);
  expect(larger.diagnostics).toEqual([]);
});

it('R-32: a detached disk is kept as the lowest free unused, and the plan says which', async () => {
  await harness.apply(`${WEB}disks: { scsi0: { size: 1GiB }, scsi1: { size: 1GiB }, scsi2: { size: 1GiB } }\n`);
  await setByHand(harness, 101, { delete: 'scsi2' });
  const yaml = `${WEB}disks: { scsi0: {}, scsi1: null }\n`;
  const plan = await harness.apply(yaml);
  const told = /\(becomes (unused\d+): ([^)]+)\)/.exec(titlesOf(plan).join(' '));
  expect(told?.[1]).toBe('unused1');
  expect(plan.resources[0]?.steps.every(({ effect }) => effect !== 'data-loss')).toBe(true);
  expect(await configOf(harness, 101)).toMatchObject({ unused1: told?.[2] });
  expect(await volumesOf(harness)).toContain(told?.[2]);
  await expectNothingMore(yaml);
});

it('R-32: where the guest runs and the disk cannot be unplugged, the plan says that it becomes unused later', async () => {
  await harness.apply(`${WEB}power: running\ndisks: { scsi0: { size: 8GiB }, sata1: { size: 4GiB } }\n`);
  const plan = await harness.plan(`${WEB}disks: { scsi0: {}, sata1: null }\n`);
  expect(titlesOf(plan)[0]).toMatch(
    /^detach disk sata1 \(ceph-pool:vm-101-disk-\d becomes unused at the next full start\)$/,
  );
  expect(plan.resources[0]?.steps[0]?.effect).toBe('restart');
});

it('R-32 R-16: unused: destroy removes what is unused and what the plan detaches, one step each, named and with consent', async () => {
  await harness.apply(`${WEB}disks: { scsi0: { size: 1GiB }, scsi1: { size: 1GiB }, scsi2: { size: 1GiB } }\n`);
  await setByHand(harness, 101, { delete: 'scsi2' });
  const [unused0, scsi1] = [(await configOf(harness, 101))['unused0'], (await configOf(harness, 101))['scsi1']];
  const second = String(scsi1).split(',')[0];
  const yaml = `${WEB}unused: destroy\ndisks: { scsi0: {}, scsi1: null }\n`;
  const plan = await harness.plan(yaml);
  expect(changesOf(plan)).toEqual(expect.arrayContaining([['unused.unused0', unused0, null]]));
  const losses = plan.resources[0]?.steps.filter(({ effect }) => effect === 'data-loss') ?? [];
  expect(losses.map(({ title }) => title)).toEqual([`destroy unused0: ${unused0}`, `destroy unused1: ${second}`]);
  expect(losses[0]?.expects).toEqual({ volumes: { unused0 } });
  expect(missingConsent(plan, new Set()).map(({ detail }) => detail)).toEqual([
    expect.stringContaining(String(unused0)),
    expect.stringContaining(String(second)),
  ]);
  expect(missingConsent(plan, new Set(['data-loss']))).toEqual([]);
  harness.writes();
  await harness.apply(yaml);
  expect(written()).toEqual([{ delete: 'scsi1' }, { delete: 'unused0' }, { delete: 'unused1' }]);
  expect(await volumesOf(harness)).not.toEqual(expect.arrayContaining([unused0]));
  expect(await volumesOf(harness)).not.toContain(second);
  await expectNothingMore(yaml);
});

it('R-32: without unused, and with keep, unused volumes are left alone', async () => {
  await withUnused();
  await expectNothingMore(`${WEB}disks: { scsi0: {} }\n`);
  await expectNothingMore(`${WEB}unused: keep\ndisks: { scsi0: {} }\n`);
  expect(await volumesOf(harness)).toContain(VOLUME);
});

it('R-32: a volume that the document attaches again is not destroyed, nor one of another guest', async () => {
  await withUnused();
  await createByHand(harness, 200, { scsi4: 'ceph-pool:1' });
  await setByHand(harness, 101, { unused3: 'ceph-pool:vm-200-disk-0' });
  const yaml = `${attaching('virtio3', VOLUME)}unused: destroy\n`;
  const plan = await harness.apply(yaml);
  expect(changesOf(plan).map(([path]) => path)).toEqual(['disks.virtio3']);
  expect(titlesOf(plan)).toEqual([`attach ${VOLUME} as virtio3`]);
  expect(await configOf(harness, 101)).toMatchObject({ unused3: 'ceph-pool:vm-200-disk-0' });
  expect(await volumesOf(harness)).toContain('ceph-pool:vm-200-disk-0');
  await expectNothingMore(yaml);
});

it('R-32: a step that would destroy another volume than the planned one is stale, and destroys nothing', async () => {
  await withUnused();
  const yaml = `${WEB}unused: destroy\ndisks: { scsi0: {} }\n`;
  const plan = await harness.plan(yaml);
  const [resource] = plan.resources;
  if (resource === undefined) throw new Error('no resource');
  const steps = resource.steps.map((step) => ({
    ...step,
    expects: { volumes: { unused0: 'ceph-pool:vm-101-disk-9' } },
  }));
  const result = await harness.run({ ...plan, resources: [{ ...resource, steps }] });
  expect(result).toMatchObject({ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] });
  expect(result.errors[0]?.message).toContain('ceph-pool:vm-101-disk-9');
  expect(await volumesOf(harness)).toContain(VOLUME);
});

it('R-17: protection and snapshots refuse the destruction in the plan', async () => {
  await withUnused();
  const yaml = `${WEB}unused: destroy\ndisks: { scsi0: {} }\n`;
  const kept = await harness.plan(`${yaml}protection: true\n`);
  expect(errorsOf(kept)).toMatchObject([{ summary: 'the guest is protected' }]);
  await setByHand(harness, 101, { scsi5: VOLUME });
  await harness.pve.post('/nodes/pve1/qemu/101/snapshot', { params: { snapname: 'before' } });
  await harness.sandbox.settled();
  await setByHand(harness, 101, { delete: 'scsi5' });
  const held = await harness.plan(yaml);
  expect(errorsOf(held)).toMatchObject([{ summary: 'a snapshot holds the volume' }]);
});

it('adds a TPM to a running guest, and takes the EFI disk away into unused', async () => {
  await harness.apply(`${WEB}power: running\n`);
  const tpm = `${WEB}system: { tpm: {} }\n`;
  const plan = await harness.apply(tpm);
  expect(titlesOf(plan)).toEqual(['add TPM state']);
  expect(plan.resources[0]?.changes).toMatchObject([{ path: 'system.tpm', effect: 'restart' }]);
  expect(titlesOf(await harness.plan(tpm))).toEqual([]);
  await powerByHand(harness, 101, 'stop');
  await expectNothingMore(tpm);
  const volume = String((await configOf(harness, 101))['efidisk0']).split(',')[0];
  const without = `${WEB}system: { bios: ovmf, efi: null, tpm: {} }\n`;
  const removal = await harness.apply(without);
  expect(titlesOf(removal)).toEqual([`detach EFI disk (becomes unused0: ${volume})`]);
  expect(await configOf(harness, 101)).toMatchObject({ unused0: volume });
  await expectNothingMore(without);
});

it('R-18: another type of EFI disk or TPM is an error, since it would lose what the old one holds', async () => {
  await harness.apply(`${WEB}system: { tpm: {} }\n`);
  const plan = await harness.plan(
    `${WEB}system: { efi: { type: 2m, preEnrolledKeys: true }, tpm: { version: v1.2 } }\n`,
  );
  expect(errorsOf(plan).map(({ code, pointer }) => [code, pointer])).toEqual([
    ['IMPOSSIBLE', '/system/efi/type'],
    ['IMPOSSIBLE', '/system/efi/preEnrolledKeys'],
    ['IMPOSSIBLE', '/system/tpm/version'],
  ]);
});

it.each(['ide0', 'ide3', 'sata0', 'sata5', 'scsi30', 'virtio15'])(
  'a disk in %s comes, grows and goes',
  async (slot) => {
    const base = `${WEB}os: { media: null }\nnetwork: {}\n`;
    await harness.apply(`${base}disks: { scsi0: { size: 1GiB } }\n`);
    for (const disk of ['{ size: 1GiB }', '{ size: 2GiB }', 'null']) {
      const yaml = `${base}disks: { scsi0: {}, ${slot}: ${disk} }\n`;
      await harness.apply(yaml);
      await expectNothingMore(yaml);
    }
    expect(await configOf(harness, 101)).not.toHaveProperty(slot);
  },
);

it('a medium for a guest whose CD drive is in another slot is an error, and no second drive is added', async () => {
  await harness.apply(`${WEB}os: { media: null }\n`);
  await setByHand(harness, 101, { sata0: 'local:iso/debian-13.iso,media=cdrom' });
  const plan = await harness.plan(`${WEB}os: { media: "local:iso/debian-13.iso" }\n`);
  expect(errorsOf(plan)).toMatchObject([
    { code: 'IMPOSSIBLE', pointer: '/os/media', summary: 'the guest has its CD drive in another slot' },
  ]);
  expect(errorsOf(plan)[0]?.detail).toContain('CD drive in sata0');
  await expectNothingMore(`${WEB}os: { media: null }\n`);
});

it('the medium becomes the host’s drive and is ejected, while the guest runs', async () => {
  await harness.apply(`${WEB}power: running\nos: { media: "local:iso/debian-13.iso" }\n`);
  for (const [media, drive] of [
    ['physical', 'cdrom,media=cdrom'],
    ['none', 'none,media=cdrom'],
  ]) {
    const yaml = `${WEB}os: { media: ${media} }\n`;
    const plan = await harness.apply(yaml);
    expect(plan.resources[0]?.changes).toMatchObject([{ path: 'os.media', effect: 'live' }]);
    expect(await configOf(harness, 101)).toMatchObject({ ide2: drive });
    await expectNothingMore(yaml);
  }
});

it('without the hotplug feature disk, a disk waits for the restart in both directions', async () => {
  await harness.apply(`${TWO_DISKS}`);
  await setByHand(harness, 101, { hotplug: 'network,usb' });
  await powerByHand(harness, 101, 'start');
  const yaml = `${WEB}disks: { scsi0: {}, scsi1: null, virtio2: { size: 1GiB } }\n`;
  const plan = await harness.apply(yaml);
  expect(plan.resources[0]?.changes.map(({ path, effect }) => [path, effect])).toEqual([
    ['disks.scsi1', 'restart'],
    ['disks.virtio2', 'restart'],
  ]);
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
  await powerByHand(harness, 101, 'stop');
  expect(await configOf(harness, 101)).toMatchObject({ unused0: VOLUME });
  await expectNothingMore(yaml);
});
