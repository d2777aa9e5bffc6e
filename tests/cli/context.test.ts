import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliRun, type CliWorld, runCli } from '../run-cli.ts';

const secret = '12345678-1234-1234-1234-123456789abc';
let cwd = '';
let file = '';

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  file = join(cwd, '.config/pvevm/config.yaml');
  mkdirSync(join(cwd, '.config/pvevm'), { recursive: true });
  writeFileSync(
    file,
    `current: home
contexts:
  home: { endpoints: ["https://pve1:8006", "https://pve2:8006"], token: "root@pam!ci=${secret}", fingerprints: [AA] }
  lab: { endpoints: [lab], tokenFile: lab.token, insecure: true }
  desk: { endpoints: [desk], username: bob@pve, ca: ca.pem }
  bad: { endpoints: [bad], token: ${secret} }
`,
    { mode: 0o600 },
  );
});

afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function run(argv: readonly string[], world: CliWorld = {}): Promise<CliRun> {
  return runCli(['context', ...argv], { ...world, cwd, env: { HOME: cwd, ...world.env } });
}

describe('context list', () => {
  it('R-48: shows where each leads and how it signs in, and no secret', async () => {
    const { code, stdout, stderr } = await run(['list']);
    expect(code).toBe(0);
    expect(stdout).toBe(`  NAME  ENDPOINT                              SIGN-IN                         SERVER
* home  https://pve1:8006, https://pve2:8006  token root@pam!ci               fingerprint
  lab   lab                                   token lab.token                 not verified
  desk  desk                                  password of bob@pve, asked for  CA file
  bad   bad                                   token                           system CAs
`);
    expect(stderr).toBe('\nIn effect: context home (~/.config/pvevm/config.yaml)\n');
  });

  it('says which settings come before the current context, and why', async () => {
    const variables = await run(['list'], { env: { PVEVM_ENDPOINT: 'a', PVEVM_TOKEN: secret } });
    expect(variables.stderr).toContain(
      'In effect: the PVEVM_* variables (PVEVM_ENDPOINT, PVEVM_TOKEN), which come before the contexts\n',
    );
    expect(variables.stderr).not.toContain(secret);
    const named = await run(['list'], { env: { PVEVM_CONTEXT: 'lab' } });
    expect(named.stderr).toContain('In effect: context lab (~/.config/pvevm/config.yaml), named by PVEVM_CONTEXT\n');
    expect(named.stdout).toMatch(/lab .* not verified {2}\(in effect\)\n/);
    const project = await run(['list'], { files: { 'pvevm.yaml': 'kind: project\ncontext: hme\n' } });
    expect(project.code).toBe(0);
    expect(project.stderr).toContain(
      "No settings are in effect: there is no context 'hme', which context in pvevm.yaml names.",
    );
  });

  it('says how to begin where there is none', async () => {
    rmSync(file);
    expect(await run(['list'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'There are no contexts. Run pvevm login to add one.\n',
    });
  });

  it('prints one JSON document with --json, without a secret', async () => {
    const { stdout } = await run(['list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      formatVersion: '1.0',
      exit: { code: 0, name: 'ok' },
      file,
      current: 'home',
      inEffect: { family: 'context', context: 'home', names: ['endpoints', 'token', 'fingerprints'] },
      contexts: [
        { name: 'home', current: true, inEffect: true, signIn: { type: 'token', as: 'root@pam!ci' } },
        { name: 'lab', current: false, verification: 'not verified' },
        { name: 'desk', signIn: { type: 'password', as: 'bob@pve' }, verification: 'CA file' },
        { name: 'bad', signIn: { type: 'token', as: '' } },
      ],
    });
    expect(stdout).not.toContain(secret);
  });

  it('says where the file is wrong, and exits with 3', async () => {
    writeFileSync(file, `contexts:\n  home: { endpoints: [a], tokn: "${secret}" }\n`);
    const { code, stderr } = await run(['list']);
    expect(code).toBe(3);
    expect(stderr).toBe(
      'error: cannot use the contexts: ~/.config/pvevm/config.yaml:2:27: this key is not known [PVEVM-CONFIG]\n  Did you mean token?\n',
    );
  });
});

describe('context use', () => {
  it('makes a context the current one', async () => {
    const { code, stderr } = await run(['use', 'lab']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'The current context is lab (lab).\n' });
    expect(readFileSync(file, 'utf8')).toMatch(/^current: lab\n/);
    expect(JSON.parse((await run(['use', 'desk', '--json'])).stdout)).toEqual({
      formatVersion: '1.0',
      exit: { code: 0, name: 'ok' },
      file,
      current: 'desk',
    });
  });

  it('says so where something else comes before it', async () => {
    const env = { PROXMOX_VE_ENDPOINT: 'a', PROXMOX_VE_API_TOKEN: secret };
    expect((await run(['use', 'lab'], { env })).stderr).toContain(
      'It is not in effect: the PROXMOX_VE_* variables come before it (PROXMOX_VE_ENDPOINT, PROXMOX_VE_API_TOKEN).',
    );
    expect((await run(['use', 'lab'], { env: { PVEVM_CONTEXT: 'desk' } })).stderr).toContain(
      'It is not in effect: PVEVM_CONTEXT names desk.',
    );
  });

  it('exits with 3 for a name that is not there, with the nearest one', async () => {
    const { code, stderr } = await run(['use', 'hom']);
    expect(code).toBe(3);
    expect(stderr).toContain(
      "error: there is no context 'hom' [PVEVM-CONFIG]\n  Did you mean home?\n  There are: home, lab, desk, bad.",
    );
  });
});

describe('context remove', () => {
  it('asks, and takes nothing but yes for a yes', async () => {
    const no = await run(['remove', 'lab'], { isTTY: true, stdin: 'y\n' });
    expect(no.code).toBe(4);
    expect(no.stderr).toContain('Remove context lab (lab) from ~/.config/pvevm/config.yaml?');
    expect(readFileSync(file, 'utf8')).toContain('lab:');
    const yes = await run(['remove', 'lab'], { isTTY: true, stdin: 'yes\n' });
    expect(yes.code).toBe(0);
    expect(yes.stderr).toContain('Context lab is removed. The current context is home.');
    expect(readFileSync(file, 'utf8')).not.toContain('lab:');
  });

  it('needs -y where there is no terminal', async () => {
    const { code, stderr } = await run(['remove', 'lab']);
    expect(code).toBe(4);
    expect(stderr).toContain('Run the command again with --yes.');
  });

  it('leaves none current where it removes the current one', async () => {
    expect((await run(['remove', 'home', '-y'])).stderr).toBe(
      'Context home is removed. No context is current now; pvevm context use NAME chooses one.\n',
    );
    expect((await run(['list'])).stderr).toContain('No settings are in effect. Choose a context');
    expect(JSON.parse((await run(['remove', 'lab', '-y', '--json'])).stdout)).toMatchObject({
      removed: 'lab',
      current: null,
    });
  });

  it('makes no file where there is none', async () => {
    rmSync(file);
    expect((await run(['remove', 'lab', '-y'])).code).toBe(3);
    expect(existsSync(file)).toBe(false);
  });
});
