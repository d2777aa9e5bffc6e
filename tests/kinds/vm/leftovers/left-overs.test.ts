import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../../../src/core/plan.ts';
import { createVirtualClock, type VirtualClock } from '../../../../src/sandbox/index.ts';
import { type Harness, startHarness } from '../../../harness.ts';
import { configOf, createByHand, errorsOf, guestIds, titlesOf, volumesOf } from '../../../requirements/guests.ts';
import { startImageServer } from '../../../requirements/image-server.ts';
import { runKilled } from './killed.ts';

let harness: Harness;
/** While this is held, no task of the sandbox ends. */
let held: Promise<void> | undefined;
let release: () => void = () => undefined;
beforeEach(async () => {
  const clock: VirtualClock = { now: Date.now, sleep: async () => held, advance: async () => undefined };
  harness = await startHarness({ clock });
});
afterEach(async () => {
  release();
  await harness.sandbox.settled();
  await harness.close();
});

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const TWO_DISKS = `${WEB}disks: { scsi0: { storage: ceph-pool, size: 2GiB }, scsi1: { storage: ceph-pool, size: 1GiB } }\n`;

/** The plan, with what it waited for: what is held goes on when it waits. */
async function planWaiting(yaml: string): Promise<readonly [plan: Plan, waits: readonly string[]]> {
  const waits = new Set<string>();
  const onWaiting = (what: string): void => {
    waits.add(what);
    release();
  };
  const plan = await harness.plan(yaml, { onWaiting });
  return [plan, [...waits]];
}

function notesOf(plan: Plan): readonly string[] {
  return plan.diagnostics.map(({ severity, detail }) => `${severity}: ${detail}`);
}

/** Kills a run right after its first write, and keeps the task that it has begun from going on. */
async function killAtFirst(yaml: string, allow: readonly string[] = []): Promise<void> {
  const plan = await harness.plan(yaml, { allow });
  held = new Promise((resolve) => {
    release = () => {
      held = undefined;
      resolve();
    };
  });
  await runKilled(harness, plan, 1);
}

/** Gives a guest a lock that no task holds. */
function lockByHand(vmid: number, lock: string, node = 'pve1'): void {
  const path = `${harness.sandbox.directory}/nodes/${node}/qemu-server/${vmid}.conf`;
  writeFileSync(path, `${readFileSync(path, 'utf8')}lock: ${lock}\n`);
  harness.sandbox.reload();
}

describe('what an earlier run began and still goes on', () => {
  it('R-2, R-23: a create is waited for, and its guest is gone on with', async () => {
    await killAtFirst(WEB);
    const [plan, waits] = await planWaiting(WEB);
    expect(waits).toEqual(['guest 101, which is being created']);
    expect(plan.resources[0]).toMatchObject({ action: 'update', vmid: 101 });
    await harness.apply(WEB);
    expect(await guestIds(harness)).toEqual([101]);
    expect(titlesOf(await harness.plan(WEB))).toEqual([]);
  });

  it('R-2, R-23: a clone is waited for, though its task has the id of its source', async () => {
    await createByHand(harness, 9000, { name: 'base', scsi0: 'ceph-pool:4' });
    const clone = 'kind: vm\nname: web-02\nclone: { from: 9000, mode: full }\nmemory: { size: 4GiB }\n';
    await killAtFirst(clone);
    const [plan, waits] = await planWaiting(clone);
    expect(waits).toEqual(['guest 101, which is being cloned']);
    expect(plan.resources[0]).toMatchObject({ action: 'update', vmid: 101 });
  });

  it('R-23: a disk that is being moved is where it goes to, and is not moved a second time', async () => {
    await harness.apply(TWO_DISKS);
    const moved = TWO_DISKS.replace('scsi1: { storage: ceph-pool', 'scsi1: { storage: local-lvm');
    await killAtFirst(moved, ['data-loss']);
    const [plan, waits] = await planWaiting(moved);
    expect(waits).toEqual(['qmmove of guest 101']);
    expect(titlesOf(plan)).toEqual([]);
  });

  it('R-38, R-23: a migration is waited for, and the guest is found on its new node', async () => {
    await harness.apply(WEB);
    const moved = `${WEB.replace('pve1', 'pve2')}onMoved: migrate\n`;
    await killAtFirst(moved, ['migrate']);
    const [plan, waits] = await planWaiting(moved);
    expect(waits).toEqual(['guest 101, which is being migrated']);
    expect(plan.resources[0]).toMatchObject({ action: 'none', node: 'pve2' });
  });

  it('R-23: a removal is waited for, and there is nothing left to destroy', async () => {
    await harness.apply(WEB);
    await runKilled(harness, await harness.removal(WEB), 1);
    expect(titlesOf(await harness.removal(WEB))).toEqual([]);
    expect(await guestIds(harness)).toEqual([]);
  });

  it('R-23: a file that is being downloaded is waited for, and not downloaded twice', async () => {
    const images = await startImageServer();
    try {
      await harness.pve.put('/storage/cephfs', { params: { content: 'iso,vztmpl,backup,snippets,import' } });
      const image = `kind: image\nname: debian\nstorage: cephfs\nurl: "${images.base}/debian.qcow2"\nchecksum: "${images.checksum('/debian.qcow2')}"\n`;
      await killAtFirst(image);
      const [plan, waits] = await planWaiting(image);
      expect(waits).toEqual([expect.stringMatching(/^the download of debian/)]);
      expect(titlesOf(plan)).toEqual([]);
    } finally {
      images.close();
    }
  });

  it('a task that does not end is told of after ten minutes, with its id', async () => {
    const own = await startHarness({ clock: createVirtualClock() });
    try {
      await runKilled(own, await own.plan(WEB), 1);
      await expect(own.plan(WEB)).rejects.toMatchObject({
        code: 'LOCKED',
        message: expect.stringMatching(/^cannot plan: waited 10 min.* for guest 101, which is being created$/),
        details: [expect.stringContaining('qmcreate:101')],
      });
    } finally {
      await own.close();
    }
  });
});

describe('what a task that died has left', () => {
  it('5.6: the stub of a removal is named with its remedy, and its id stands in the way of its document alone', async () => {
    await harness.apply(TWO_DISKS);
    harness.sandbox.failNext({ method: 'DELETE', path: /\/qemu\/101$/, worker: 'dies-before' });
    await harness.run(await harness.removal(TWO_DISKS));
    await harness.sandbox.settled();
    writeFileSync(`${harness.sandbox.directory}/nodes/pve1/qemu-server/101.conf`, 'lock: destroyed\n');
    harness.sandbox.reload();
    const told = expect.stringContaining(
      'Guest 101 on pve1 holds lock: destroyed and no task is working on it. Remove it with: qm unlock 101 && qm destroy 101',
    );
    expect(errorsOf(await harness.plan(`${TWO_DISKS}vmid: 101\n`))).toMatchObject([{ code: 'STUB', detail: told }]);
    const plan = await harness.plan(TWO_DISKS);
    expect(plan.resources[0]).toMatchObject({ action: 'create', vmid: 102 });
    const removal = await harness.removal(TWO_DISKS);
    expect(titlesOf(removal)).toEqual([]);
    expect(notesOf(removal)).toEqual([expect.stringContaining('qm unlock 101 && qm destroy 101')]);
    expect(harness.sandbox.guestConfig(101)).toBe('lock: destroyed\n');
  });

  it('R-22: a new guest is told of the volumes that have its id, and takes none of them', async () => {
    await harness.pve.post('/nodes/pve1/storage/ceph-pool/content', {
      params: { vmid: 101, filename: 'vm-101-disk-0', size: '1G' },
    });
    const plan = await harness.plan(WEB);
    expect(notesOf(plan)).toContainEqual(expect.stringContaining('pvesm free ceph-pool:vm-101-disk-0'));
    await harness.apply(WEB);
    expect((await configOf(harness, 101))['scsi0']).toContain('ceph-pool:vm-101-disk-2');
    expect(await volumesOf(harness)).toContain('ceph-pool:vm-101-disk-0');
    const removal = await harness.removal(WEB);
    expect(notesOf(removal)).toEqual([
      expect.stringMatching(
        /ceph-pool:vm-101-disk-0 belongs by name to guest 101.*pvesm free ceph-pool:vm-101-disk-0$/,
      ),
    ]);
    await harness.run(removal);
    await harness.sandbox.settled();
    expect(await volumesOf(harness)).toEqual(['ceph-pool:vm-101-disk-0']);
  });

  it('R-26: a lock that nothing holds is warned of where the guest is to be changed, and only there', async () => {
    await harness.apply(WEB);
    lockByHand(101, 'migrate');
    expect(notesOf(await harness.plan(WEB))).toEqual([]);
    expect(notesOf(await harness.plan(`${WEB}description: new\n`))).toEqual([
      'warning: Guest 101 on pve1 holds lock: migrate, and no task is working on it: the steps would wait in vain. Where nothing works on it any more: qm unlock 101',
    ]);
  });

  it('R-23: a rename that was cut off is found under the former name, and finished', async () => {
    await harness.apply(TWO_DISKS);
    const renamed = `${TWO_DISKS.replace('web-01', 'shop-01')}renamedFrom: web-01\ndescription: new\nmemory: { size: 4GiB }\n`;
    await killAtFirst(renamed);
    await harness.apply(renamed);
    expect(await guestIds(harness)).toEqual([101]);
    expect(titlesOf(await harness.plan(renamed))).toEqual([]);
  });
});
