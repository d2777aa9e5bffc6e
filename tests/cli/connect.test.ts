import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPveClient } from '../../src/pve/client.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { type CliRun, runCli } from '../run-cli.ts';

let cwd = '';
let sandbox: Sandbox;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  sandbox = await startSandbox({ taskTimeMs: 1 });
  const { endpoint, token, fingerprint } = sandbox;
  mkdirSync(join(cwd, 'home/.config/pvevm'), { recursive: true });
  writeFileSync(
    join(cwd, 'home/.config/pvevm/config.yaml'),
    `contexts:\n  home: { endpoints: ["${endpoint}"], token: "${token}", fingerprints: ["${fingerprint}"] }\n`,
    { mode: 0o600 },
  );
  for (const [folder, context] of [
    ['plain', undefined],
    ['project', 'home'],
    ['typo', 'hmoe'],
  ]) {
    mkdirSync(join(cwd, folder ?? ''), { recursive: true });
    writeFileSync(join(cwd, folder ?? '', 'vm.yaml'), 'kind: vm\nname: web-01\nha: false\n');
    if (context === undefined) continue;
    writeFileSync(join(cwd, folder ?? '', 'pvevm.yaml'), `kind: project\ncontext: ${context}\n`);
  }
});

afterAll(async () => {
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

function run(
  argv: readonly string[],
  { env = {}, folder = 'plain' }: { env?: Readonly<Record<string, string>>; folder?: string } = {},
): Promise<CliRun> {
  return runCli(argv, { cwd: join(cwd, folder), env: { HOME: join(cwd, 'home'), ...env } });
}

it('says in the header of a plan which context was used, and where it leads', async () => {
  const { code, stdout, stderr } = await run(['plan', '--context', 'home', 'vm.yaml']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('warning') });
  expect(stdout).toMatch(/^context home \(https:\/\/127\.0\.0\.1:\d+, Proxmox VE 9\.2/);
});

it('takes the context that the project file names, also for a saved plan', async () => {
  const planned = await run(['plan', '-o', 'plan.json'], { folder: 'project' });
  expect(planned.stdout).toContain('context home (');
  expect((await run(['plan', 'vm.yaml'])).code).toBe(3);
  const applied = await run(['apply', 'plan.json'], { folder: 'project' });
  expect({ code: applied.code, stdout: applied.stdout }).toEqual({
    code: 0,
    stdout: expect.stringContaining('context home ('),
  });
  expect((await run(['destroy', '-y', 'vm.yaml'], { folder: 'project' })).code).toBe(0);
});

it('refuses a context that does not exist, with the nearest name, before anything is contacted', async () => {
  const { code, stdout, stderr } = await run(['plan'], { folder: 'typo' });
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toBe(
    "error: there is no context 'hmoe', which context in pvevm.yaml names [PVEVM-CONFIG]\n  Did you mean home?\n  There are: home.\n",
  );
});

it('says where settings come from that are none', async () => {
  const env = { PVEVM_ENDPOINT: 'https:/pve1', PVEVM_TOKEN: sandbox.token };
  const { code, stderr } = await run(['plan'], { env });
  expect(code).toBe(3);
  expect(stderr).toContain('cannot use the endpoint: its https is not followed by ://');
  expect(stderr).toContain('The settings come from the PVEVM_* variables (PVEVM_ENDPOINT, PVEVM_TOKEN).');
});

it('connects with the variables of other tools, and warns of what it passed over', async () => {
  const env = {
    PVEVM_ENDPOINT: 'https://nowhere:8006',
    PROXMOX_VE_ENDPOINT: sandbox.endpoint,
    PROXMOX_VE_API_TOKEN: sandbox.token,
    PROXMOX_VE_INSECURE: 'true',
  };
  const { code, stdout, stderr } = await run(['plan', 'vm.yaml'], { env });
  expect(code).toBe(0);
  expect(stdout).toContain(`${sandbox.endpoint} (Proxmox VE 9.2`);
  expect(stderr).toContain('warning: the PVEVM_* variables are not used: they lack PVEVM_TOKEN');
  expect(stderr).toContain('warning: the server is not verified (PROXMOX_VE_INSECURE)');
});

it.each([
  [['--sandbox', '--endpoint', 'a'], 'cannot use both --sandbox and --endpoint'],
  [['--sandbox', '--context', 'home'], 'cannot use both --sandbox and --context'],
  [['--context', 'home', '--endpoint', 'a'], 'cannot use both --context and --endpoint'],
  [['--context', 'home', '--token-file', 'a'], 'cannot use both --context and --token-file'],
])('refuses %j as wrong usage', async (options, message) => {
  const { code, stderr } = await run(['plan', 'vm.yaml', ...options]);
  expect(code).toBe(3);
  expect(stderr).toContain(message);
});

it('says every way to give what is missing, and which contexts there are, in exit 3', async () => {
  const { code, stderr } = await run(['plan', 'vm.yaml']);
  expect(code).toBe(3);
  expect(stderr).toContain('error: cannot connect: no endpoint and no API token is given [PVEVM-CONFIG]\n');
  expect(stderr).toContain('Or use a context (home): --context NAME, or once and for all: pvevm context use NAME.');
  const flags = await run(['plan', 'vm.yaml', '--endpoint', 'a']);
  expect(flags.code).toBe(3);
  expect(flags.stderr).toContain('error: cannot connect: --endpoint is given, but no API token [PVEVM-CONFIG]\n');
  expect(flags.stderr).toContain('never mixed');
});

it('takes several fingerprints, of which one is the server', async () => {
  const other = 'AA:'.repeat(31).concat('AA');
  const env = { PVEVM_ENDPOINT: sandbox.endpoint, PVEVM_TOKEN: sandbox.token };
  const options = ['--fingerprint', other, '--fingerprint', sandbox.fingerprint];
  expect((await run(['plan', 'vm.yaml', ...options], { env })).code).toBe(0);
  expect((await run(['plan', 'vm.yaml', ...options.slice(0, 2)], { env })).code).toBe(6);
});

it('logs a user in whose password it asks for, and says who was refused', async () => {
  const { endpoint, token, fingerprint } = sandbox;
  const pve = createPveClient({
    ...{ endpoint, credentials: { type: 'token', token }, trust: { fingerprints: [fingerprint] } },
  });
  await pve.post('/access/users', { params: { userid: 'bob@pve', password: 'b0bs-secret' } });
  await pve.put('/access/acl', { params: { path: '/', users: 'bob@pve', roles: 'Administrator' } });
  await pve.close();
  const env = { PVEVM_ENDPOINT: endpoint, PVEVM_FINGERPRINT: fingerprint, PVEVM_USERNAME: 'bob@pve' };
  const home = { HOME: join(cwd, 'home') };
  const world = { cwd: join(cwd, 'plain'), env: { ...home, ...env }, isTTY: true };
  const asked = await runCli(['plan', 'vm.yaml'], { ...world, stdin: 'b0bs-secret\r' });
  expect({ code: asked.code, stderr: asked.stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining('Password of bob@pve: \n'),
  });
  const wrong = await run(['plan', 'vm.yaml'], { env: { ...env, PVEVM_PASSWORD: 'wr0ng-secret' } });
  expect(wrong.code).toBe(5);
  for (const { stdout, stderr } of [asked, wrong]) expect(stdout + stderr).not.toMatch(/b0bs-secret|wr0ng-secret/);
});

it('stays in the sandbox where that is asked for, whatever the environment says', async () => {
  const env = { PVEVM_ENDPOINT: 'https://nowhere:8006', PVEVM_TOKEN: 'x', PVEVM_CONTEXT: 'nowhere' };
  const { code, stdout } = await run(['plan', '--sandbox', 'vm.yaml'], { env });
  expect(code).toBe(0);
  expect(stdout).toContain('sandbox in .pvevm/sandbox');
});
