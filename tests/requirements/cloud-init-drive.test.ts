import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, errorsOf, powerOf, titlesOf, volumesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const guest = (cloudInit: string): string =>
  `kind: vm\nname: web-01\nvmid: 120\nnode: pve1\nha: false\npower: running\ndisks: { scsi0: { size: 1GiB } }\ncloudInit: ${cloudInit}\n`;

it.each([
  ['{ user: admin, drive: sata3 }', 'sata3', 'ceph-pool:vm-120-cloudinit', 'remove cloud-init drive ide0'],
  ['{ user: admin, storage: local-lvm }', 'ide0', 'local-lvm:vm-120-cloudinit', 'replace cloud-init drive ide0'],
])(
  'R-35: the drive of a running guest becomes %s where a restart is allowed',
  async (cloudInit, slot, volume, step) => {
    await harness.apply(guest('{ user: admin }'));
    const yaml = guest(cloudInit);
    const refused = errorsOf(await harness.plan(yaml));
    expect(refused).toMatchObject([{ code: 'CONSENT', summary: 'a running guest keeps its cloud-init drive' }]);
    expect(refused[0]?.detail).toContain('With --allow restart');
    const plan = await harness.apply(yaml, { allow: ['restart'] });
    expect(titlesOf(plan)[0]).toContain('shut down');
    expect(titlesOf(plan)).toContain(step);
    expect(titlesOf(plan).at(-1)).toBe('start again');
    expect((await configOf(harness, 120))[slot]).toMatch(new RegExp(`^${volume}`));
    expect(await powerOf(harness, 120)).toBe('running');
    const volumes = [...(await volumesOf(harness)), ...(await volumesOf(harness, 'local-lvm'))];
    expect(volumes.filter((volid) => volid.includes('cloudinit'))).toEqual([volume]);
    expect(titlesOf(await harness.plan(yaml))).toEqual([]);
  },
);
