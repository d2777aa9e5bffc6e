import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, createByHand, errorsOf, setByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nvmid: 120\nnode: pve1\nha: false\n';
const TWO_DISKS = `${WEB}disks: { scsi0: { size: 8GiB }, scsi1: { size: 4GiB } }\n`;

it('R-17: a volume of another guest is not promised to be attached with --allow restart', async () => {
  await createByHand(harness, 300, { name: 'db', scsi0: 'ceph-pool:4' });
  const volume = String((await configOf(harness, 300))['scsi0']).split(',')[0];
  await harness.apply(`${TWO_DISKS}power: running\n`);
  const yaml = `${WEB}power: running\ndisks: { scsi0: { volume: "${volume}" }, scsi1: { size: 4GiB } }\n`;
  const found = errorsOf(await harness.plan(yaml));
  expect(found).toMatchObject([
    { summary: 'a boot disk cannot be removed from a running guest', code: 'CONSENT' },
    { summary: 'the volume is in use by another guest', code: 'IMPOSSIBLE' },
  ]);
  expect(found[0]?.detail).toContain('With --allow restart');
  expect(found[1]?.detail).not.toContain('--allow restart');
});

it('R-32: a disk that was detached by hand is not made anew without a word of its volume', async () => {
  await harness.apply(TWO_DISKS);
  const volume = String((await configOf(harness, 120))['scsi1']).split(',')[0];
  await setByHand(harness, 120, { delete: 'scsi1' });
  const plan = await harness.plan(TWO_DISKS);
  expect(titlesOf(plan)).toEqual(['add disk scsi1']);
  expect(plan.diagnostics).toMatchObject([
    { severity: 'warning', summary: 'an empty disk beside unused volumes', pointer: '/disks/scsi1' },
  ]);
  expect(plan.diagnostics[0]?.detail).toContain(`scsi1: { volume: "${volume}" }`);
  const attached = `${WEB}disks: { scsi0: { size: 8GiB }, scsi1: { volume: "${volume}" }, scsi2: { size: 1GiB } }\n`;
  expect((await harness.plan(attached)).diagnostics).toEqual([]);
  expect((await harness.plan(`${WEB}disks: { scsi0: { size: 8GiB } }\n`)).diagnostics).toEqual([]);
});
