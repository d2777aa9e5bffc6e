import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const run = promisify(execFile);

describe.skipIf(!hasCurl)('curl, which is skipped where it is not installed', () => {
  let sandbox: Sandbox;
  let folder = '';

  beforeAll(async () => {
    sandbox = await startSandbox({ taskTimeMs: 0 });
    folder = mkdtempSync(join(tmpdir(), 'pvevm-curl-'));
    writeFileSync(join(folder, 'ca.pem'), sandbox.ca);
  });

  afterAll(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const curl = async (...words: readonly string[]): Promise<string> => {
    const { stdout } = await run('curl', ['--silent', '--show-error', '--cacert', join(folder, 'ca.pem'), ...words]);
    return stdout;
  };
  const url = (path: string): string => `${sandbox.url}/api2/json${path}`;

  it('makes, reads and removes a guest with a token, by forms', async () => {
    const token = ['--header', `Authorization: PVEAPIToken=${sandbox.token}`];
    const made = await curl(
      ...token,
      '--data',
      'vmid=100',
      '--data-urlencode',
      'name=by-curl',
      url('/nodes/pve1/qemu'),
    );
    expect(JSON.parse(made)).toEqual({ data: expect.stringMatching(/^UPID:pve1:.*:qmcreate:100:/) });
    await sandbox.settled();
    const read = JSON.parse(await curl(...token, url('/nodes/pve1/qemu/100/config')));
    expect(read.data).toMatchObject({ name: 'by-curl' });
    await curl(...token, '--request', 'DELETE', url('/nodes/pve1/qemu/100?purge=1'));
    await sandbox.settled();
    expect(sandbox.guestConfig(100)).toBeUndefined();
  });

  it('logs in, and writes with the ticket and the CSRF token', async () => {
    const login = JSON.parse(await curl('--data', 'username=root@pam&password=sandbox', url('/access/ticket'))).data;
    const words = ['--cookie', `PVEAuthCookie=${login.ticket}`, '--data', 'poolid=by-curl'];
    const csrf = ['--header', `CSRFPreventionToken: ${login.CSRFPreventionToken}`];
    const refused = await curl('--output', '/dev/null', '--write-out', '%{http_code}', ...words, url('/pools'));
    expect(refused).toBe('401');
    expect(JSON.parse(await curl(...csrf, ...words, url('/pools')))).toEqual({ data: null });
  });

  it('sees the error in the status line', async () => {
    const words = ['--include', '--header', `Authorization: PVEAPIToken=${sandbox.token}`];
    const answer = await curl(...words, url('/nodes/pve1/qemu/999/config'));
    const reason = "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist";
    expect(answer.split('\r\n')[0]).toBe(`HTTP/1.1 500 ${reason}`);
  });
});
