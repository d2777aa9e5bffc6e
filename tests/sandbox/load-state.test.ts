import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVirtualClock, resetSandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';
import { startApi } from './api.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const stateFile = (): string => join(directory, 'sandbox.json');

async function made(options: SandboxOptions = {}): Promise<void> {
  const sandbox = await startSandbox({ directory, ...options });
  await sandbox.close();
}

function editState(change: Readonly<Record<string, unknown>>): void {
  const state: object = JSON.parse(readFileSync(stateFile(), 'utf8'));
  writeFileSync(stateFile(), JSON.stringify({ ...state, ...change }));
}

describe('a folder', () => {
  it('that holds something else is refused, and left as it is', async () => {
    writeFileSync(join(directory, 'web.yaml'), 'kind: vm\n');
    await expect(startSandbox({ directory })).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('holds other files'),
    });
    expect(readdirSync(directory)).toEqual(['web.yaml']);
  });

  it('that lost its sandbox.json is refused, and keeps its guests and storages', async () => {
    await made({ world: 'cluster' });
    rmSync(stateFile());
    const storages = readFileSync(join(directory, 'storage.cfg'), 'utf8');
    await expect(startSandbox({ directory })).rejects.toMatchObject({ code: 'CONFIG' });
    expect(readFileSync(join(directory, 'storage.cfg'), 'utf8')).toBe(storages);
  });

  it('whose making was killed is made anew, without a wait', async () => {
    mkdirSync(join(directory, 'priv'));
    writeFileSync(join(directory, 'user.cfg'), 'user:root@pam');
    writeFileSync(join(directory, '.sandbox.lock'), String(2 ** 22 + 1));
    await made();
    expect(existsSync(stateFile())).toBe(true);
    expect(existsSync(join(directory, '.sandbox.lock'))).toBe(false);
  });

  it('that another process is opening is busy', async () => {
    writeFileSync(join(directory, '.sandbox.lock'), String(process.ppid));
    await expect(startSandbox({ directory })).rejects.toMatchObject({ code: 'SANDBOX_BUSY' });
  });

  it('that cannot be one is an error, and no defect', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    await expect(startSandbox({ directory: file })).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(`cannot open the sandbox in ${file}`),
    });
  });

  it('of another world is refused, as one of another version is', async () => {
    await made();
    await expect(startSandbox({ directory, world: 'cluster' })).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('as world cluster: it is small'),
    });
    await made({ world: 'small' });
  });

  it('that a killed process with our own id left is free', async () => {
    await made();
    editState({ owner: { pid: process.pid, endpoint: 'https://127.0.0.1:1' } });
    await made();
  });
});

// Whether a process runs is read from /proc, which Linux alone has.
it.skipIf(process.platform !== 'linux')(
  'a folder is free whose owner’s id belongs to another process by now',
  async () => {
    await made();
    const owner = { pid: process.ppid, endpoint: 'https://127.0.0.1:1' };
    editState({ owner: { ...owner, started: '1' } });
    await made();
    editState({ owner });
    await expect(startSandbox({ directory })).rejects.toMatchObject({ code: 'SANDBOX_BUSY' });
  },
);

describe('a state that was edited by hand', () => {
  it.each([
    ['owner', 7],
    ['version', '9.9'],
    ['nodes', [{ name: 'pve1', cpus: 'eight' }]],
    ['capacities', { local: 5 }],
    ['volumes', 7],
    ['tasks', [null]],
    ['power', { 100: 'yes' }],
  ])('is refused with the name of the wrong part: %s', async (name, value) => {
    await made();
    editState({ [name]: value });
    await expect(startSandbox({ directory })).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(`'${name}'`),
    });
  });

  it('can be reset where it cannot be read', async () => {
    await made();
    writeFileSync(stateFile(), '{');
    resetSandbox(directory);
    expect(existsSync(directory)).toBe(false);
  });

  it('and has no token of its own gets one', async () => {
    await made();
    rmSync(join(directory, 'priv/token.cfg'));
    const api = await startApi({ directory });
    expect(api.sandbox.token).toMatch(/^root@pam!sandbox=[\da-f-]{36}$/);
    expect((await api.call('GET', '/version')).status).toBe(200);
    await api.sandbox.close();
  });

  it('and has no certificate any more says how to get one', async () => {
    await made();
    writeFileSync(join(directory, 'pve-root-ca.pem'), 'garbage');
    await expect(startSandbox({ directory })).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('keeps the folder free for the next start after each refusal', async () => {
    await made();
    const certificate = readFileSync(join(directory, 'pve-root-ca.pem'), 'utf8');
    writeFileSync(join(directory, 'pve-root-ca.pem'), 'garbage');
    await expect(startSandbox({ directory })).rejects.toThrow();
    writeFileSync(join(directory, 'pve-root-ca.pem'), certificate);
    await made();
  });
});

describe('startSandbox', () => {
  it.each<[string, SandboxOptions]>([
    ['world', { world: 'nope' as 'small' }],
    ['version', { version: '6.0' as '9.2' }],
    ['port', { port: 99_999 }],
    ['seed', { seed: -1.5 }],
    ['taskTimeMs', { taskTimeMs: -5 }],
    ['timeFactor', { timeFactor: 0 }],
  ])('refuses a wrong %s, and leaves no temporary folder', async (name, options) => {
    const folders = (): readonly string[] => readdirSync(tmpdir()).filter((each) => each.startsWith('pvevm-sandbox-'));
    const before = folders();
    await expect(startSandbox(options)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(name),
    });
    expect(folders().filter((each) => !before.includes(each))).toEqual([]);
  });

  it('keeps no log where it is told so', async () => {
    const api = await startApi({ keepLog: false });
    await api.call('GET', '/version');
    expect(api.sandbox.log).toEqual([]);
    await api.sandbox.close();
  });

  it('takes 0 for a seed', async () => {
    await made({ seed: 0 });
  });

  it('says that a port is taken', async () => {
    const sandbox = await startSandbox();
    const port = Number(new URL(sandbox.endpoint).port);
    await expect(startSandbox({ port })).rejects.toMatchObject({
      code: 'SANDBOX_BUSY',
      message: expect.stringContaining(`port ${port}`),
    });
    await sandbox.close();
  });

  it('can be closed twice, and does not touch the folder of the next one then', async () => {
    const first = await startSandbox({ directory });
    await first.close();
    const second = await startSandbox({ directory });
    await first.close();
    expect(JSON.parse(readFileSync(stateFile(), 'utf8'))).toMatchObject({ owner: { endpoint: second.endpoint } });
    await second.close();
  });

  it('closes although a task waits for a virtual clock', async () => {
    const api = await startApi({ directory, clock: createVirtualClock(), taskTimeMs: 1000 });
    const upid = String(await api.data('POST', '/nodes/pve1/qemu', { vmid: 100 }));
    await api.sandbox.close();
    const next = await startApi({ directory });
    expect(await next.data('GET', `/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`)).toMatchObject({
      exitstatus: 'unexpected status',
    });
    await next.sandbox.close();
  });

  it('answers 500 where its folder cannot be written any more, and lives on', async () => {
    const api = await startApi({ directory });
    rmSync(join(directory, 'user.cfg'));
    mkdirSync(join(directory, 'user.cfg'));
    rmSync(stateFile());
    mkdirSync(stateFile());
    expect((await api.call('POST', '/nodes/pve1/qemu', { vmid: 100 })).status).toBe(500);
    expect((await api.call('GET', '/version')).status).toBe(200);
    rmSync(stateFile(), { recursive: true });
    await api.sandbox.close();
  });
});
