import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../../src/sandbox/index.ts';
import { type Api, startApi } from '../../api.ts';

const GUEST = '/nodes/pve1/qemu/100';

let clock: VirtualClock;
let api: Api;
let done: Promise<void>;

beforeEach(async () => {
  clock = createVirtualClock(Date.UTC(2026, 0, 1));
  api = await startApi({ clock, taskTimeMs: 5000 });
  await start('POST', '/nodes/pve1/qemu', { vmid: 100, scsi0: 'ceph-pool:1', net0: 'virtio,bridge=vmbr0' });
  await finish();
});
afterEach(async () => {
  await finish();
  await api.sandbox.close();
});

async function start(method: string, path: string, params: object = {}): Promise<string> {
  const upid = await api.data(method, path, params);
  done = api.sandbox.settled();
  return String(upid);
}

/** Lets the time pass that running tasks take. */
async function finish(): Promise<void> {
  await clock.advance(5000);
  await done;
}

const lockOf = async (vmid = 100): Promise<unknown> => {
  const config = (await api.data('GET', `/nodes/pve1/qemu/${vmid}/config`)) as { readonly lock?: string };
  return config.lock;
};

const refusal = async (): Promise<readonly unknown[]> => {
  const { status, body } = await api.call('PUT', `${GUEST}/config`, { cores: 2 });
  return [status, body.message];
};

it('holds a lock while a snapshot is made and removed, and marks the snapshot', async () => {
  await start('POST', `${GUEST}/snapshot`, { snapname: 's1', description: 'one' });
  expect(await refusal()).toEqual([500, 'VM is locked (snapshot)\n']);
  expect(await api.data('GET', `${GUEST}/snapshot`)).toMatchObject([{ name: 's1', snapstate: 'prepare' }, {}]);
  await finish();
  expect(await lockOf()).toBeUndefined();
  const [made] = (await api.data('GET', `${GUEST}/snapshot`)) as readonly object[];
  expect(made).not.toHaveProperty('snapstate');
  await start('DELETE', `${GUEST}/snapshot/s1`);
  expect(await refusal()).toEqual([500, 'VM is locked (snapshot-delete)\n']);
  await finish();
  expect(await api.data('GET', `${GUEST}/snapshot`)).toMatchObject([{ name: 'current' }]);
  expect(await lockOf()).toBeUndefined();
});

it('holds a lock while it goes back to a snapshot, with the guest stopped', async () => {
  await start('POST', `${GUEST}/snapshot`, { snapname: 's1' });
  await finish();
  await start('POST', `${GUEST}/status/start`);
  await finish();
  await start('POST', `${GUEST}/snapshot/s1/rollback`);
  expect(await refusal()).toEqual([500, 'VM is locked (rollback)\n']);
  expect(await api.data('GET', `${GUEST}/status/current`)).toMatchObject({ status: 'stopped', lock: 'rollback' });
  await finish();
  expect(await lockOf()).toBeUndefined();
});

it('holds a lock while a guest is migrated', async () => {
  await start('POST', `${GUEST}/migrate`, { target: 'pve2' });
  expect(await refusal()).toEqual([500, 'VM is locked (migrate)\n']);
  await finish();
  expect(await api.data('GET', '/nodes/pve2/qemu/100/config')).not.toHaveProperty('lock');
});

it('unlocks a guest whose migration failed', async () => {
  await api.data('PUT', `${GUEST}/config`, { ide2: 'local:iso/debian-13.iso,media=cdrom' });
  const upid = await start('POST', `${GUEST}/migrate`, { target: 'pve2' });
  expect(await lockOf()).toBeUndefined();
  await done;
  expect(await api.data('GET', `/nodes/pve1/tasks/${upid}/status`)).toMatchObject({ exitstatus: 'migration aborted' });
});

it('holds a lock on what is created or cloned, and lets nothing into the file whose disks are copied', async () => {
  await start('POST', '/nodes/pve1/qemu', { vmid: 101 });
  expect(await lockOf(101)).toBe('create');
  await finish();
  await start('POST', `${GUEST}/clone`, { newid: 102 });
  expect([await lockOf(102), await lockOf()]).toEqual(['clone', undefined]);
  const update = refusal();
  await finish();
  expect(await update).toEqual([200, undefined]);
});

it('gives up on an update after ten seconds of another task’s disk move', async () => {
  await api.sandbox.close();
  api = await startApi({ clock, taskTimeMs: 30_000 });
  await start('POST', '/nodes/pve1/qemu', { vmid: 100, scsi0: 'local-lvm:1' });
  await clock.advance(30_000);
  await done;
  await start('POST', `${GUEST}/move_disk`, { disk: 'scsi0', storage: 'ceph-pool' });
  const update = refusal();
  // The request has to arrive before its time can pass.
  while (!api.sandbox.requests.some(({ method }) => method === 'PUT')) await new Promise((next) => setImmediate(next));
  for (let second = 0; second <= 10; second += 1) await clock.advance(1000);
  expect(await update).toEqual([500, "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout\n"]);
  await clock.advance(30_000);
  await done;
});

it('holds a lock while memory is written to a disk', async () => {
  await start('POST', `${GUEST}/status/start`);
  await finish();
  await start('POST', `${GUEST}/status/suspend`, { todisk: 1 });
  expect(await lockOf()).toBe('suspending');
  await finish();
  expect(await lockOf()).toBe('suspended');
});

it('copies the firewall of a guest with it', async () => {
  await api.data('PUT', `${GUEST}/firewall/options`, { enable: 1 });
  await start('POST', `${GUEST}/clone`, { newid: 102 });
  await finish();
  expect(await api.data('GET', '/nodes/pve1/qemu/102/firewall/options')).toMatchObject({ enable: 1 });
  await start('DELETE', '/nodes/pve1/qemu/102');
  await finish();
  await start('POST', '/nodes/pve1/qemu', { vmid: 102 });
  await finish();
  expect(await api.data('GET', '/nodes/pve1/qemu/102/firewall/options')).not.toHaveProperty('enable');
});

it('leaves the lock of a task behind whose process died', async () => {
  const upid = await start('POST', `${GUEST}/snapshot`, { snapname: 's1' });
  // What a killed process leaves is what its folder holds at that moment.
  const directory = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  cpSync(api.sandbox.directory, directory, { recursive: true });
  const file = join(directory, 'sandbox.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), owner: null }));
  const later = await startApi({ directory });
  try {
    expect(await later.data('GET', `${GUEST}/config`)).toMatchObject({ lock: 'snapshot' });
    expect(await later.data('GET', `${GUEST}/snapshot`)).toMatchObject([{ name: 's1', snapstate: 'prepare' }, {}]);
    const status = await later.data('GET', `/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`);
    expect(status).toMatchObject({ exitstatus: 'unexpected status' });
    expect((await later.call('DELETE', GUEST)).status).toBe(200);
    await later.sandbox.settled();
    expect(await later.data('GET', '/cluster/tasks')).toMatchObject([{ status: 'VM is locked (snapshot)' }, {}, {}]);
  } finally {
    await later.sandbox.close();
    rmSync(directory, { recursive: true });
  }
});
