import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { type CliRun, runCli } from '../run-cli.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const guest = (name: string, number: number, user: string, more = ''): string =>
  `kind: vm\nname: ${name}\nnode: pve1\nvmid: ${number}\nha: false\npower: running\n${more}cloudInit:\n  user: ${user}\n  addresses: { net0: { ipv4: 10.0.0.${number - 100}/24, gateway4: 10.0.0.1 } }\n`;
const hasSsh = spawnSync('ssh', ['-V']).error === undefined;
if (!hasSsh) process.stderr.write('ssh is not there: its config is not checked by it\n');

let cwd = '';
let sandbox: Sandbox;
let env: Readonly<Record<string, string>> = {};
const write = (file: string, text: string): void => writeFileSync(join(cwd, file), text);
const run = (...argv: readonly string[]): Promise<CliRun> => runCli(argv, { cwd, env });

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  sandbox = await startSandbox({ taskTimeMs: 1, seed: 1 });
  const { endpoint, token, fingerprint } = sandbox;
  env = { PVEVM_ENDPOINT: endpoint, PVEVM_TOKEN: token, PVEVM_FINGERPRINT: fingerprint };
  write('web.yaml', guest('web-01', 105, 'ci', 'tags: [web, blue-green]\n'));
  write('db.yaml', guest('db.example.test', 106, 'admin'));
  const { code, stderr } = await run('apply', '-y');
  if (code !== 0) throw new Error(stderr);
  await sandbox.settled();
});

afterAll(async () => {
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

describe('output', () => {
  it('prints a line for each guest, in the order of the documents', async () => {
    const { code, stdout, stderr } = await run('output');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'RESOURCE            ID   NODE  ADDRESS',
      'vm/db.example.test  106  pve1  10.0.0.6',
      'vm/web-01           105  pve1  10.0.0.5',
      '',
    ]);
  });

  it('prints JSON with ids, nodes, addresses, users and tags', async () => {
    const { code, stdout } = await run('output', '--format', 'json', '--only', 'vm/web-01');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      formatVersion: '1.0',
      cluster: { name: 'sandbox', version: expect.any(String) },
      stack: null,
      guests: [
        {
          ...{ address: 'vm/web-01', name: 'web-01', state: 'running', node: 'pve1', vmid: 105, host: '10.0.0.5' },
          addresses: [{ address: '10.0.0.5', interface: 'ens18', device: 'net0' }],
          ...{ user: 'ci', tags: ['web', 'blue-green'] },
        },
      ],
      diagnostics: [],
      exit: { code: 0, name: 'ok' },
    });
  });

  it('prints variables that a shell evaluates', async () => {
    const { stdout } = await run('output', '--format', 'shell');
    const script = `${stdout}\nprintf '%s ' "$PVEVM_VM_WEB_01_ADDRESS" "$PVEVM_VM_WEB_01_VMID" "$PVEVM_VM_DB_EXAMPLE_TEST_NODE"`;
    expect(spawnSync('sh', ['-euc', script], { encoding: 'utf8', env: {} }).stdout).toBe('10.0.0.5 105 pve1 ');
  });

  it('prints an ssh config', async () => {
    const { stdout } = await run('output', '--format', 'ssh-config', 'web.yaml');
    expect(stdout).toBe('Host web-01\n  HostName 10.0.0.5\n  User ci\n  HostKeyAlias web-01.105.pvevm\n\n');
  });

  // ssh itself is asked where it is installed.
  it.skipIf(!hasSsh)('prints an ssh config that ssh reads', async () => {
    write('ssh.conf', (await run('output', '--format', 'ssh-config')).stdout);
    const { stdout } = spawnSync('ssh', ['-G', '-F', join(cwd, 'ssh.conf'), 'db.example.test'], { encoding: 'utf8' });
    for (const line of ['hostname 10.0.0.6', 'user admin', 'hostkeyalias db.example.test.106.pvevm'])
      expect(stdout.split('\n')).toContain(line);
  });

  it('prints an Ansible inventory as JSON and as YAML, with the tags as groups', async () => {
    const web = {
      ...{ ansible_host: '10.0.0.5', ansible_user: 'ci', pvevm_address: 'vm/web-01', pvevm_node: 'pve1' },
      pvevm_vmid: 105,
    };
    const json = JSON.parse((await run('output', '--format', 'ansible')).stdout);
    expect(json).toMatchObject({
      _meta: { hostvars: { 'web-01': web, 'db.example.test': { ansible_user: 'admin' } } },
      all: { children: ['ungrouped', 'pvevm', 'tag_blue_green', 'tag_web'] },
      pvevm: { hosts: ['db.example.test', 'web-01'] },
      tag_web: { hosts: ['web-01'] },
    });
    const yaml = parse((await run('output', '--format', 'ansible-yaml')).stdout);
    expect(yaml.all.hosts['web-01']).toEqual(web);
    expect(yaml.all.children.tag_blue_green).toEqual({ hosts: { 'web-01': {} } });
  });

  it('names a guest that is not there, prints the others, and exits with 9', async () => {
    write('later.yaml', guest('later-01', 107, 'ci'));
    try {
      const { code, stdout, stderr } = await run('output', '--format', 'ssh-config', 'later.yaml', 'web.yaml');
      expect(code).toBe(9);
      expect(stdout).toMatch(/^Host web-01\n/);
      expect(stderr).toContain('later.yaml:1:1: error: the guest does not exist [PVEVM-MISSING]');
      expect((await run('output', '--format', 'shell', 'later.yaml')).stdout).toBe(
        'unset PVEVM_VM_LATER_01_VMID\nunset PVEVM_VM_LATER_01_NODE\nunset PVEVM_VM_LATER_01_ADDRESS\n',
      );
    } finally {
      rmSync(join(cwd, 'later.yaml'));
    }
  });

  it('takes no other form beside --json, and no unknown one', async () => {
    expect((await run('output', '--json', '--format', 'shell')).code).toBe(3);
    expect((await run('output', '--format', 'toml')).code).toBe(3);
  });

  it('changes nothing', () => {
    const reads = sandbox.requests.slice(-10);
    expect(reads.map(({ method }) => method)).toEqual(reads.map(() => 'GET'));
  });
});
