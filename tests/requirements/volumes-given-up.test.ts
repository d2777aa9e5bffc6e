import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, createByHand, errorsOf, powerByHand, setByHand, volumesOf } from './guests.ts';
import { commandsIn, runCommands } from './run-qm.ts';
import { LAB, SECOND, TWO_DISKS, WEB } from './two-disks.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WITHOUT_SECOND = `${WEB}disks: { scsi0: { size: 2GiB }, scsi1: null }\nunused: destroy\n`;

/** The one error of a plan, as it stands. */
function refusalOf(plan: Plan): string {
  const errors = errorsOf(plan);
  expect(errors).toMatchObject([{ summary: 'a volume is in use by another guest' }]);
  return errors[0]?.detail ?? '';
}

/** The commands that part the guests, and those that give the volume away. */
function parts(text: string): readonly [apart: string, given: string] {
  const at = text.indexOf('To give it to');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}

async function hold(vmid: number, config: Record<string, unknown>, node = 'pve1'): Promise<void> {
  await createByHand(harness, vmid, { name: `holder-${vmid}`, ostype: 'l26', scsihw: 'virtio-scsi-single' }, node);
  if (Object.keys(config).length > 0) await setByHand(harness, vmid, config as Record<string, string>);
}

describe('R-17: the commands that part a volume from another guest', () => {
  beforeEach(async () => {
    await harness.apply(TWO_DISKS);
  });

  it.each([
    ['in the same slot', { scsi1: SECOND }, 'scsi1'],
    ['in a slot of another bus, whose options may differ', { virtio3: SECOND }, 'scsi0'],
    ['as unused, with slots taken', { scsi0: 'ceph-pool:1', scsi1: 'ceph-pool:1', unused0: SECOND }, 'scsi2'],
  ])('run as they stand: on the same node, %s', async (_, config, slot) => {
    await hold(300, config);
    const text = refusalOf(await harness.removal(TWO_DISKS));
    expect(text).toContain(`${SECOND} is scsi1 of guest 101 (vm/web) on pve1, and would be destroyed with it; but `);
    expect(text).toContain('what is on it would be lost for both');
    expect(text).toContain('guest 300 (holder-300) on pve1 has it as ');
    const ran = await runCommands(harness, text);
    expect(ran.at(-1)).toBe(`pve1: qm disk move 101 scsi1 --target-vmid 300 --target-disk ${slot}`);
    expect((await configOf(harness, 300))[slot]).toMatch(/^ceph-pool:vm-300-disk-/);
    expect(errorsOf(await harness.removal(TWO_DISKS))).toEqual([]);
  });

  it('leave the volume to its owner where only the first ones are run', async () => {
    await hold(300, { scsi3: SECOND });
    expect(await runCommands(harness, parts(refusalOf(await harness.removal(TWO_DISKS)))[0])).toEqual([
      'pve1: qm set 300 --delete scsi3',
    ]);
    expect(errorsOf(await harness.removal(TWO_DISKS))).toEqual([]);
    expect(await volumesOf(harness)).toContain(SECOND);
  });

  it('name the node of each guest, and bring the owner there first where they are on two', async () => {
    await hold(300, { scsi3: SECOND }, 'pve3');
    const text = refusalOf(await harness.removal(TWO_DISKS));
    expect(await runCommands(harness, text)).toEqual([
      'pve3: qm set 300 --delete scsi3',
      'pve1: qm migrate 101 pve3',
      'pve3: qm disk move 101 scsi1 --target-vmid 300 --target-disk scsi3',
    ]);
    expect((await configOf(harness, 300))['scsi3']).toMatch(/^ceph-pool:vm-300-disk-/);
  });

  it('shut the owner down before its disk moves, where it runs', async () => {
    await hold(300, { scsi3: SECOND });
    await setByHand(harness, 300, { delete: 'scsi3' });
    await powerByHand(harness, 101, 'start');
    await setByHand(harness, 300, { scsi3: SECOND });
    const text = refusalOf(await harness.removal(TWO_DISKS));
    expect(commandsIn(text).map(({ command }) => command)).toEqual([
      'qm set 300 --delete scsi3',
      'qm shutdown 101',
      'qm disk move 101 scsi1 --target-vmid 300 --target-disk scsi3',
    ]);
    await runCommands(harness, text);
  });

  it('take a guest down that cannot let go while it runs, and say so before and after', async () => {
    await hold(300, { scsi3: SECOND, hotplug: '0' });
    await powerByHand(harness, 300, 'start');
    const first = parts(refusalOf(await harness.removal(TWO_DISKS)))[0];
    expect(commandsIn(first).map(({ command }) => command)).toEqual(['qm set 300 --delete scsi3', 'qm shutdown 300']);
    await setByHand(harness, 300, { delete: 'scsi3' });
    // What a plan has read is kept for that plan alone.
    const second = parts(refusalOf(await harness.removal(TWO_DISKS)))[0];
    expect(second).toContain('has it as scsi3 (its removal waits for a full stop of guest 300)');
    expect(await runCommands(harness, second)).toEqual(['pve1: qm shutdown 300']);
    expect(errorsOf(await harness.removal(TWO_DISKS))).toEqual([]);
  });

  it('do not take down a guest that lets go while it runs', async () => {
    await hold(300, { scsi3: SECOND });
    await powerByHand(harness, 300, 'start');
    const [apart] = parts(refusalOf(await harness.removal(TWO_DISKS)));
    expect(await runCommands(harness, apart)).toEqual(['pve1: qm set 300 --delete scsi3']);
    expect(errorsOf(await harness.removal(TWO_DISKS))).toEqual([]);
  });

  it('take back what only waits for the next start of a guest', async () => {
    await hold(300, {});
    await powerByHand(harness, 300, 'start');
    await setByHand(harness, 300, { sata4: SECOND });
    const [apart] = parts(refusalOf(await harness.removal(TWO_DISKS)));
    expect(apart).toContain('has it as sata4');
    expect(await runCommands(harness, apart)).toEqual(['pve1: qm set 300 --revert sata4']);
    expect(errorsOf(await harness.removal(TWO_DISKS))).toEqual([]);
  });

  it('lift the protection of a guest that has it', async () => {
    await hold(300, { sata2: SECOND, protection: 1 });
    const text = refusalOf(await harness.removal(TWO_DISKS));
    expect((await runCommands(harness, text)).slice(0, 2)).toEqual([
      'pve1: qm set 300 --protection 0',
      'pve1: qm set 300 --delete sata2',
    ]);
    expect(errorsOf(await harness.removal(TWO_DISKS))).toEqual([]);
  });

  it('name every guest that has it, and every place', async () => {
    await hold(320, { virtio3: SECOND, sata4: SECOND });
    await hold(302, { unused0: SECOND }, 'pve2');
    const text = refusalOf(await harness.removal(TWO_DISKS));
    expect(text).toContain(
      'guest 302 (holder-302) on pve2 has it as unused0, and guest 320 (holder-320) on pve1 has it as sata4 and virtio3, and what is on it would be lost for all of them',
    );
    expect((await runCommands(harness, text)).slice(0, 2)).toEqual([
      'pve2: qm set 302 --delete unused0',
      'pve1: qm set 320 --delete sata4,virtio3',
    ]);
    expect(text).toContain('To give it to guest 320 instead');
    expect(errorsOf(await harness.removal(TWO_DISKS))).toEqual([]);
  });

  it('hold for what unused: destroy destroys', async () => {
    await hold(300, { scsi3: SECOND });
    const text = refusalOf(await harness.plan(WITHOUT_SECOND));
    expect(text).toContain('lost for both');
    await runCommands(harness, text);
    expect(errorsOf(await harness.plan(WITHOUT_SECOND))).toEqual([]);
  });

  it('speak of the other guest alone where a disk is moved: its owner keeps a copy', async () => {
    await hold(300, { scsi3: SECOND });
    const yaml = `${WEB}disks: { scsi0: { size: 2GiB }, scsi1: { size: 1GiB, storage: local-lvm } }\n`;
    const text = refusalOf(await harness.plan(yaml));
    expect(text).toContain('what is on it would be lost for guest 300.');
    expect(text).not.toContain('both');
    expect(await runCommands(harness, text)).toEqual(['pve1: qm set 300 --delete scsi3']);
    expect(errorsOf(await harness.plan(yaml))).toEqual([]);
  });

  it('tell of the snapshots that keep a disk from moving', async () => {
    await hold(300, { scsi3: SECOND });
    await harness.pve.post('/nodes/pve1/qemu/101/snapshot', { params: { snapname: 'before' } });
    await harness.sandbox.settled();
    const [, given] = parts(refusalOf(await harness.removal(TWO_DISKS)));
    expect(commandsIn(given).map(({ command }) => command)).toEqual([
      'qm delsnapshot 101 before',
      'qm disk move 101 scsi1 --target-vmid 300 --target-disk scsi3',
    ]);
  });

  it('give nothing away from a template, nor to one', async () => {
    await hold(300, { scsi3: SECOND, template: 1 });
    expect(parts(refusalOf(await harness.removal(TWO_DISKS)))[1]).toBe('');
  });
});

it('R-17: --prune says whose volume it is, since no document does', async () => {
  const other = 'kind: vm\nname: other\nvmid: 102\nha: false\n';
  await harness.apply(`${TWO_DISKS}---\n${other}`, LAB);
  await hold(300, { scsi3: SECOND });
  const plan = await harness.plan(other, { ...LAB, prune: 'remove' });
  expect(refusalOf(plan)).toContain(`${SECOND} is scsi1 of guest 101 (vm/web) on pve1, and would be destroyed with it`);
});
