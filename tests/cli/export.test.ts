import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { runCli } from '../run-cli.ts';

let cwd: string;
let sandbox: Sandbox;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  sandbox = await startSandbox({ world: 'cluster', seed: 7, taskTimeMs: 1 });
  writeFileSync(join(cwd, 'ca.pem'), sandbox.ca);
  env = { PVEVM_ENDPOINT: sandbox.endpoint, PVEVM_TOKEN: sandbox.token, PVEVM_CA: join(cwd, 'ca.pem') };
});
afterAll(async () => {
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

const run = (...argv: readonly string[]) => runCli(argv, { cwd, env });

describe('pvevm export', () => {
  it('R-44: prints a document that plan finds nothing to do for', async () => {
    const exported = await run('export', 'vm/web-01');
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    expect(exported.stdout).toMatch(
      /^# yaml-language-server: \$schema=\S+\nkind: vm\nname: web-01\nnode: pve1\nvmid: 100\n/,
    );
    const planned = await runCli(['plan', '--detailed-exitcode', '-'], { cwd, env, stdin: exported.stdout });
    expect(planned.code).toBe(0);
    expect(planned.stderr).toContain('foreign, in agreement');
    // The first run loads the program.
  }, 60_000);

  it('finds a guest by its id, with its kind and without, and writes each once', async () => {
    const byName = await run('export', 'vm/web-01');
    expect(await run('export', 'vm/100')).toEqual(byName);
    expect(await run('export', '100', 'web-01')).toEqual(byName);
  });

  it('prints the same bytes every time', async () => {
    const first = await run('export', 'vm/*', '--tag', 'PROD', '--node', 'pve1');
    expect(first.stdout.match(/^name: .*$/gm)).toEqual(['name: web-01', 'name: ha-01']);
    expect(await run('export', 'vm/*', '--tag', 'PROD', '--node', 'pve1')).toEqual(first);
  });

  it('says on standard error what could not be expressed, and is done all the same', async () => {
    const { code, stdout, stderr } = await run('export', '106');
    expect(code).toBe(0);
    expect(stderr).toBe(
      'vm/every-bus-01 (guest 106 on pve2)\n  could not be expressed:\n    unused0: ceph-pool:vm-106-disk-1: Proxmox VE keeps the volumes of detached disks there by itself.\n',
    );
    expect(stdout).toContain('# could not be expressed:\n#   unused0: ceph-pool:vm-106-disk-1');
  });

  it('prints the documents, and what they leave out, as JSON', async () => {
    const { code, stdout, stderr } = await run('export', '106', '101', '--power', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      formatVersion: '1.0',
      documents: [
        { address: 'vm/web-02', pending: ['agent', 'cores', 'memory'], document: { vmid: 101, power: 'running' } },
        { address: 'vm/every-bus-01', inexpressible: [{ what: 'unused0: ceph-pool:vm-106-disk-1' }] },
      ],
      failed: [],
    });
  });

  it('writes a file, and replaces one only with --force', async () => {
    expect(await run('export', '100', '101', '-o', 'all.yaml')).toMatchObject({ code: 0, stdout: '' });
    const text = readFileSync(join(cwd, 'all.yaml'), 'utf8');
    expect(text.match(/^vmid: .*$/gm)).toEqual(['vmid: 100', 'vmid: 101']);
    const again = await run('export', '102', '-o', 'all.yaml');
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('cannot write all.yaml: already there');
    expect(readFileSync(join(cwd, 'all.yaml'), 'utf8')).toBe(text);
    expect((await run('export', '102', '-o', 'all.yaml', '--force')).code).toBe(0);
    expect(readFileSync(join(cwd, 'all.yaml'), 'utf8')).toContain('vmid: 102\n');
  });

  it('writes a folder with a file for each guest, and names those whose node is off', async () => {
    const { code, stderr } = await run('export', 'vm/*', '-o', 'guests/new/');
    expect(code).toBe(6);
    expect(stderr).toContain('error: guest 130 on pve5 was not exported [PVEVM-CONNECT]\n  pve5 is offline.');
    const files = readdirSync(join(cwd, 'guests/new'));
    expect(files).toHaveLength(13);
    expect(files).toContain('debian-template.yaml');
    expect((await run('validate', 'guests')).stdout).toContain('13 documents valid');
  });

  it('lists the ids where several guests have the name', async () => {
    const cluster = join(sandbox.directory, 'nodes/pve3/qemu-server/102.conf');
    const before = readFileSync(cluster, 'utf8');
    writeFileSync(cluster, before.replace('stopped-01', 'web-01'));
    sandbox.reload();
    try {
      const { code, stdout, stderr } = await run('export', 'vm/web-01');
      expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
      expect(stderr).toContain(
        'Several guests have that name: 100 on pve1, 102 on pve3. Write the id of one, as in vm/100.',
      );
    } finally {
      writeFileSync(cluster, before);
      sandbox.reload();
    }
  });

  it.each([
    [['vm/nobody'], 9, 'There is no such guest'],
    [['999'], 9, 'There is no such guest'],
    [['image/local:iso/debian-13.iso'], 3, 'cannot export image: Proxmox VE does not keep what its documents say'],
    [['pool/web'], 3, 'cannot export pool: there is no kind pool'],
    [['vm/'], 3, "cannot export 'vm/'"],
    [['100', '--node', 'pve1'], 3, '--node and --tag choose among all guests'],
    [['100', '--format', 'toml'], 3, "argument 'toml' is invalid"],
    [[], 3, 'missing required argument'],
  ])('%j is an error', async (argv, code, message) => {
    const result = await run('export', ...argv);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(existsSync(join(cwd, 'vm.yaml'))).toBe(false);
  });

  it('R-48: writes no secret, and nothing that looks like one', async () => {
    const config = join(sandbox.directory, 'nodes/pve3/qemu-server/102.conf');
    const before = readFileSync(config, 'utf8');
    const token = 'ci@pve!bot=01234567-89ab-cdef-0123-456789abcdef';
    writeFileSync(config, `#uses ${token}\ncipassword: $5$hash$hash\n${before}`);
    sandbox.reload();
    try {
      const { code, stdout, stderr } = await run('export', '102');
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain('01234567-89ab');
      expect(stdout + stderr).not.toContain('$5$hash');
      expect(stdout).toContain('#   description: It holds what looks like the secret of an API token');
      expect(stdout).toContain('#   cloudInit.password: It is set');
    } finally {
      writeFileSync(config, before);
      sandbox.reload();
    }
  });
});
