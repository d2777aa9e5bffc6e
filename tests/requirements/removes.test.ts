import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import { stepsWithoutConsent } from '../../src/engine/consent.ts';
import { formatConsent } from '../../src/report/plan/consent-text.ts';
import { formatPlan } from '../../src/report/plan/plan-text.ts';
import { createTheme } from '../../src/report/theme.ts';
import { type Harness, startHarness } from '../harness.ts';
import { powerByHand, setByHand, volumesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\nos: { media: null }\n';
const TWO = `${WEB}disks: { scsi0: { size: 1GiB }, scsi1: { size: 1GiB } }\n`;
const STORAGES = ['ceph-pool', 'local-lvm'];

const theme = createTheme(false);

async function allVolumes(): Promise<readonly string[]> {
  return (await Promise.all(STORAGES.map((storage) => volumesOf(harness, storage)))).flat();
}

/** What the steps of a plan say that goes by them. */
function removedBy(plan: Plan): readonly string[] {
  return plan.resources.flatMap(({ steps }) => steps.flatMap(({ removes = [] }) => removes));
}

/** Carries a plan out, and checks that the volumes that are gone are those that its data and its text name, no more. */
async function expectNamed(plan: Plan, removal = false): Promise<readonly string[]> {
  const before = await allVolumes();
  expect(plan.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const text = formatPlan(plan, { theme, label: 'lab', removal });
  expect(await harness.run(plan)).toMatchObject({ outcome: 'ok' });
  await harness.sandbox.settled();
  const after = new Set(await allVolumes());
  const gone = before.filter((volume) => !after.has(volume));
  expect(gone.length).toBeGreaterThan(0);
  expect(
    removedBy(plan)
      .filter((name) => !name.startsWith('snapshot '))
      .toSorted(),
  ).toEqual(gone.toSorted());
  for (const volume of gone) expect(text).toContain(volume);
  return gone;
}

/** The question that a person is asked names everything that is lost. */
function expectAsked(plan: Plan, names: readonly string[]): void {
  const asked = formatConsent(stepsWithoutConsent(plan, new Set()), theme);
  for (const name of names) expect(asked).toContain(name);
}

describe('P4: every volume that goes is named in the data of the plan, in its text and in the question:', () => {
  it('P4: a disk that is detached and destroyed in one plan, and one that was unused before', async () => {
    await harness.apply(`${WEB}disks: { scsi0: { size: 1GiB }, scsi1: { size: 1GiB }, scsi2: { size: 1GiB } }\n`);
    await setByHand(harness, 101, { delete: 'scsi2' });
    const yaml = `${WEB}unused: destroy\nexclusive: [disks]\ndisks: { scsi0: { size: 1GiB } }\n`;
    const plan = await harness.plan(yaml);
    const gone = await expectNamed(plan);
    expect(gone).toEqual(['ceph-pool:vm-101-disk-2', 'ceph-pool:vm-101-disk-3']);
    expectAsked(plan, gone);
  });

  it('P4: a disk written as null, on a running guest', async () => {
    await harness.apply(TWO);
    await powerByHand(harness, 101, 'start');
    const plan = await harness.plan(`${WEB}unused: destroy\ndisks: { scsi0: { size: 1GiB }, scsi1: null }\n`);
    expectAsked(plan, await expectNamed(plan));
  });

  it('P4: the source of a disk that moves, which is lost to nobody', async () => {
    await harness.apply(TWO);
    const plan = await harness.plan(`${TWO.replace('scsi1: { ', 'scsi1: { storage: local-lvm, ')}`);
    expect(await expectNamed(plan)).toEqual(['ceph-pool:vm-101-disk-2']);
    expect(stepsWithoutConsent(plan, new Set())).toEqual([]);
  });

  it.each([
    ['elsewhere', 'cloudInit: { storage: local-lvm }'],
    ['in another slot', 'cloudInit: { drive: sata5 }'],
    ['removed', 'cloudInit: { drive: null }'],
  ])('P4: a cloud-init drive %s', async (_, cloudInit) => {
    await harness.apply(`${TWO}cloudInit: { user: admin }\n`);
    const plan = await harness.plan(`${TWO}${cloudInit}\n`);
    if (cloudInit.includes('sata5')) {
      // The volume has the same name again.
      expect(removedBy(plan)).toEqual(['ceph-pool:vm-101-cloudinit']);
      expect(formatPlan(plan, { theme, label: 'lab' })).toContain('ceph-pool:vm-101-cloudinit');
    } else expect(await expectNamed(plan)).toEqual(['ceph-pool:vm-101-cloudinit']);
  });

  it('P4: an EFI disk and a TPM state that go', async () => {
    await harness.apply(`${TWO}system: { tpm: {} }\n`);
    const plan = await harness.plan(`${TWO}unused: destroy\nsystem: { bios: seabios, efi: null, tpm: null }\n`);
    const gone = await expectNamed(plan);
    expect(gone).toHaveLength(2);
    expectAsked(plan, gone);
  });

  it('P4: a guest that is destroyed, with what is unused, its cloud-init drive and its snapshots', async () => {
    await harness.apply(`${TWO}cloudInit: { user: admin }\n`);
    await setByHand(harness, 101, { delete: 'scsi1' });
    await powerByHand(harness, 101, 'start');
    await harness.pve.post('/nodes/pve1/qemu/101/snapshot', { params: { snapname: 'before', vmstate: 1 } });
    await harness.sandbox.settled();
    const plan = await harness.removal(TWO);
    const gone = await expectNamed(plan, true);
    expect(gone).toContain('ceph-pool:vm-101-cloudinit');
    expect(gone.some((volume) => volume.includes('-state-'))).toBe(true);
    expect(removedBy(plan)).toContain('snapshot before');
    expectAsked(plan, [...gone, 'snapshot before']);
  });

  it('P4: a guest that is pruned', async () => {
    const project = 'kind: project\nstack: lab\n';
    await harness.apply(`${TWO}---\nkind: vm\nname: old-01\nnode: pve1\nha: false\n`, { project });
    const plan = await harness.plan(TWO, { project, prune: 'remove', allow: ['data-loss'] });
    const gone = await expectNamed(plan);
    expect(gone).toHaveLength(2);
    expectAsked(plan, gone);
  });

  it('P4: the memory of a guest that goes on from disk', async () => {
    await harness.apply(`${TWO}power: running\n`);
    await harness.pve.post('/nodes/pve1/qemu/101/status/suspend', { params: { todisk: 1 } });
    await harness.sandbox.settled();
    const gone = await expectNamed(await harness.plan(`${TWO}power: running\n`));
    expect(gone).toHaveLength(1);
  });
});
