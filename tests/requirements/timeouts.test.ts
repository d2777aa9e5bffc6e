import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import { type Harness, startHarness } from '../harness.ts';
import { guestIds, volumesOf } from './guests.ts';

const MINUTE_MS = 60_000;

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({ taskTimeMs: 5 });
});
afterEach(() => harness.close());

/** The steps of a plan whose waits are cut down to so many milliseconds. */
function hurried(plan: Plan, timeoutMs: number): Plan {
  return {
    ...plan,
    resources: plan.resources.map((resource) => ({
      ...resource,
      steps: resource.steps.map((step) => ({ ...step, await: { ...step.await, timeoutMs } })),
    })),
  };
}

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';

it('R-24: a task that takes longer than its step may is not stopped, and the next run goes on from it', async () => {
  await harness.close();
  harness = await startHarness({ taskTimeMs: 250 });
  const result = await harness.run(hurried(await harness.plan(WEB), 10));
  expect(result).toMatchObject({ outcome: 'failed', wrote: true });
  const [error] = result.errors;
  expect(error).toMatchObject({
    code: 'TIMEOUT',
    message: 'task qmcreate of 101 on pve1 did not end within 0.01 s; it is still running',
  });
  expect(error?.details[0]).toMatch(/^UPID:pve1:/);
  expect(error?.hints.join(' ')).toContain('timeouts');
  await harness.apply(WEB);
  expect(await guestIds(harness)).toEqual([101]);
  expect((await harness.plan(WEB)).resources[0]?.steps).toEqual([]);
  expect(await volumesOf(harness)).toEqual(['ceph-pool:vm-101-disk-0', 'ceph-pool:vm-101-disk-1']);
});

describe('how long a step may take', () => {
  const minutesOf = (plan: Plan): Readonly<Record<string, number>> =>
    Object.fromEntries(
      plan.resources.flatMap(({ steps }) =>
        steps
          .filter(({ await: { for: what } }) => what === 'task')
          .map(({ title, await: { timeoutMs } }) => [title, timeoutMs / MINUTE_MS]),
      ),
    );
  const start = (seconds: number): number => 10 + seconds / 60;

  it('a start: what Proxmox VE gives by memory, devices and interfaces, and the time before', async () => {
    const run = (more: string): string => `${WEB}power: running\n${more}`;
    expect(minutesOf(await harness.plan(run('')))['start']).toBeCloseTo(start(30 + 5));
    expect(minutesOf(await harness.plan(run('memory: { size: 31GiB }\nnetwork: {}\n')))['start']).toBeCloseTo(
      start(31),
    );
    // What is written is the guest's own time; its end is waited for a little longer.
    expect(minutesOf(await harness.plan(run('timeouts: { start: 2m }\n')))['start']).toBe(2.5);
  });

  it('a full clone, a move and a destruction: the longer the larger the disks are', async () => {
    await harness.apply(`${WEB}vmid: 101\ndisks: { scsi0: { size: 100GiB } }\n`);
    const clone = (mode: string): string =>
      `kind: vm\nname: copy\nnode: pve1\nha: false\ndefaults: none\nclone: { from: 101, mode: ${mode} }\n`;
    expect(minutesOf(await harness.plan(clone('full')))['clone web-01 (101), full']).toBe(60 + 101);
    const moved = `${WEB}vmid: 101\ndisks: { scsi0: { size: 100GiB, storage: local-lvm } }\n`;
    const times = Object.entries(minutesOf(await harness.plan(moved)));
    expect(times.find(([title]) => title.startsWith('move disk scsi0'))?.[1]).toBe(60 + 100);
    expect(minutesOf(await harness.removal(`${WEB}vmid: 101\n`))['destroy']).toBe(60 + 101);
    const written = `${clone('full')}timeouts: { clone: 5m }\n`;
    expect(minutesOf(await harness.plan(written))['clone web-01 (101), full']).toBe(5);
  });

  it('a disk that is made from an image: by the size that it gets', async () => {
    await harness.apply(`${WEB}vmid: 101\n`);
    const imported = `kind: vm\nname: db-01\nnode: pve1\nha: false\ndisks: { scsi0: { size: 50GiB, import: "ceph-pool:vm-101-disk-1" } }\n`;
    expect(minutesOf(await harness.plan(imported))['create']).toBe(60 + 50);
    expect(minutesOf(await harness.plan(`kind: vm\nname: db-02\nnode: pve1\nha: false\n`))['create']).toBe(60);
  });
});
