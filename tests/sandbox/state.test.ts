import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resetSandbox, runningSandbox, startSandbox } from '../../src/sandbox/index.ts';
import { apiOf, startApi } from './api.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const stateFile = (): string => join(directory, 'sandbox.json');

it('keeps guests, token and certificate from one start to the next', async () => {
  const first = await startApi({ directory });
  await first.data('POST', '/nodes/pve2/qemu', { vmid: 100, name: 'kept', scsi0: 'local-lvm:1' });
  await first.sandbox.settled();
  const { token, fingerprint } = first.sandbox;
  await first.sandbox.close();
  expect(readFileSync(join(directory, 'nodes/pve2/qemu-server/100.conf'), 'utf8')).toContain('name: kept\n');
  const second = await startApi({ directory });
  expect(second.sandbox).toMatchObject({ token, fingerprint });
  expect(await second.data('GET', '/nodes/pve2/qemu/100/config')).toMatchObject({
    scsi0: 'local-lvm:vm-100-disk-0,size=1G',
  });
  await second.sandbox.close();
});

it('keeps secrets readable by their owner only', async () => {
  const sandbox = await startSandbox({ directory });
  for (const path of ['priv/token.cfg', 'priv/pve-root-ca.key']) {
    expect(statSync(join(directory, path)).mode & 0o777).toBe(0o600);
  }
  await sandbox.close();
});

it('refuses a folder that another process serves, and says how to reach that one', async () => {
  const sandbox = await startSandbox({ directory });
  await expect(startSandbox({ directory })).rejects.toMatchObject({
    code: 'SANDBOX_BUSY',
    message: expect.stringContaining(`process ${process.pid} has it, at ${sandbox.endpoint}`),
  });
  const { endpoint, token, ca, fingerprint } = sandbox;
  expect(runningSandbox(directory)).toEqual({ endpoint, token, ca, fingerprint, pid: process.pid });
  await sandbox.close();
  expect(runningSandbox(directory)).toBeUndefined();
});

it('takes over from a process that is gone, fails its tasks, and keeps the locks', async () => {
  const first = await startApi({ directory });
  await first.data('POST', '/nodes/pve1/qemu', { vmid: 100 });
  await first.sandbox.settled();
  await first.sandbox.close();
  const state = JSON.parse(readFileSync(stateFile(), 'utf8'));
  const { exitstatus: _exit, endtime: _end, ...running } = state.tasks[0];
  const gone = { pid: 2 ** 22 + 1, endpoint: 'https://127.0.0.1:1' };
  writeFileSync(stateFile(), JSON.stringify({ ...state, owner: gone, tasks: [{ ...running, log: [] }] }));
  writeFileSync(join(directory, 'nodes/pve1/qemu-server/100.conf'), 'lock: create\n');
  expect(runningSandbox(directory)).toBeUndefined();
  const second = await startApi({ directory });
  expect(await second.data('GET', `/nodes/pve1/tasks/${running.upid}/status`)).toMatchObject({
    status: 'stopped',
    exitstatus: 'unexpected status',
  });
  expect(await second.data('GET', '/nodes/pve1/qemu/100/config')).toMatchObject({ lock: 'create' });
  await second.sandbox.close();
});

it('reads files that were changed by hand', async () => {
  const api = await startApi({ directory });
  await api.data('POST', '/nodes/pve1/qemu', { vmid: 100 });
  await api.sandbox.settled();
  writeFileSync(join(directory, 'nodes/pve1/qemu-server/100.conf'), 'lock: backup\nname: by-hand\n');
  api.sandbox.reload();
  expect(await api.data('GET', '/nodes/pve1/qemu/100/config')).toMatchObject({ lock: 'backup', name: 'by-hand' });
  await api.sandbox.close();
});

it('resets only a folder of a sandbox that nobody serves', async () => {
  writeFileSync(join(directory, 'precious.txt'), 'x');
  expect(() => resetSandbox(directory)).toThrow(/no folder of a sandbox/);
  rmSync(join(directory, 'precious.txt'));
  const sandbox = await startSandbox({ directory });
  expect(() => resetSandbox(directory)).toThrow(/process \d+ has it/);
  await sandbox.close();
  resetSandbox(directory);
  expect(statSync(directory, { throwIfNoEntry: false })).toBeUndefined();
});

it('refuses a state that it cannot read', async () => {
  writeFileSync(stateFile(), '{"format":99}');
  await expect(startSandbox({ directory })).rejects.toMatchObject({ code: 'CONFIG' });
});

it('removes its temporary folder when it is closed', async () => {
  const sandbox = await startSandbox();
  expect(statSync(sandbox.directory).isDirectory()).toBe(true);
  await sandbox.close();
  expect(statSync(sandbox.directory, { throwIfNoEntry: false })).toBeUndefined();
});

it('makes the same ids and addresses from the same seed', async () => {
  const configs: (string | undefined)[] = [];
  for (const seed of [7, 7, 8]) {
    const api = apiOf(await startSandbox({ seed, taskTimeMs: 0 }));
    await api.data('POST', '/nodes/pve1/qemu', { vmid: 100, net0: 'virtio,bridge=vmbr0' });
    await api.sandbox.settled();
    configs.push(api.sandbox.guestConfig(100)?.replace(/ctime=\d+/, ''));
    await api.sandbox.close();
  }
  expect(configs[0]).toBe(configs[1]);
  expect(configs[0]).not.toBe(configs[2]);
});
