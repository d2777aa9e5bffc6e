import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contextNameFor } from '../../src/cli/login/context-name.ts';
import { tokenNameFor } from '../../src/cli/login/create-token.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { runCli } from '../run-cli.ts';
import { type HomeFolder, makeHome, runAnswering } from './answering.ts';

let sandbox: Sandbox;
let home: HomeFolder;

beforeEach(async () => {
  sandbox = await startSandbox({ taskTimeMs: 1, seed: 7 });
  home = makeHome();
});

afterEach(async () => {
  await sandbox.close();
  home.remove();
});

const PASSWORD = 'sandbox';

const answer = (argv: readonly string[], answers: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runAnswering(['login', ...argv], answers, { env: { ...home.env, ...env }, cwd: home.path });

const script = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCli(['login', ...argv], { env: { ...home.env, ...env }, cwd: home.path });

const config = (): string => readFileSync(home.config, 'utf8');

/** The secret of the token in the context file. */
const secretInConfig = (): string => /![\w.-]+=([0-9a-f-]{36})/.exec(config())?.[1] ?? '';

describe('at a terminal', () => {
  it('R-49: shows the certificate, pins it after a yes, creates a token, and the context works', async () => {
    const run = await answer([sandbox.endpoint, '--context', 'lab'], ['yes', 'root', PASSWORD]);
    expect(run.stderr).toContain(sandbox.fingerprint);
    expect(run.stderr).toContain('pvenode cert info');
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/as root@pam!pvevm/);
    expect(run.stdout).toContain('It may do all that root@pam may, for');
    expect(config()).toContain(sandbox.fingerprint);
    expect(statSync(home.config).mode & 0o777).toBe(0o600);
    const doctor = await runCli(['doctor', '--json'], { env: home.env, cwd: home.path });
    expect(doctor.code).toBe(0);
    expect(JSON.parse(doctor.stdout)).toMatchObject({
      checks: [{ name: 'settings', state: 'ok' }, {}, {}, {}, {}, {}, {}, {}, {}, {}],
    });
  });

  it('R-48: the password is typed unseen, and neither it nor the token is printed', async () => {
    const run = await answer([sandbox.endpoint], ['yes', 'root@pam', PASSWORD]);
    expect(run.typed).toEqual([
      { text: 'yes', hidden: false },
      { text: 'root@pam', hidden: false },
      { text: PASSWORD, hidden: true },
    ]);
    expect(secretInConfig()).toMatch(/^[0-9a-f-]{36}$/);
    expect(run.stdout + run.stderr).not.toContain(secretInConfig());
  });

  it('an empty answer takes root@pam, and the realms of the server are listed', async () => {
    const run = await answer([sandbox.endpoint, '--fingerprint', sandbox.fingerprint], ['', PASSWORD]);
    expect(run.stderr).toMatch(/Realms: .*pam.*pve/);
    expect(run.stdout).toContain('root@pam!pvevm');
  });

  it('a certificate that is not accepted ends it before anything is sent', async () => {
    const run = await answer([sandbox.endpoint], ['y']);
    expect(run.code).toBe(4);
    expect(run.stderr).toContain('its certificate was not accepted');
    expect(sandbox.requests).toEqual([]);
    expect(existsSync(home.config)).toBe(false);
  });

  it('a context of that name is replaced only after a yes, which is asked before a token is made', async () => {
    await answer([sandbox.endpoint, '--context', 'lab'], ['yes', '', PASSWORD]);
    const before = config();
    const refused = await answer([sandbox.endpoint, '--context', 'lab'], ['no']);
    expect(refused.code).toBe(4);
    expect(config()).toBe(before);
    expect(sandbox.requests.filter(({ method, path }) => method === 'POST' && path.includes('/token/'))).toHaveLength(
      1,
    );
    const replaced = await answer([sandbox.endpoint, '--context', 'lab'], ['yes', 'yes', '', PASSWORD]);
    expect(replaced.code).toBe(0);
    // The first token is in use somewhere, and stays.
    expect(replaced.stdout).toMatch(/Token root@pam!pvevm[\w.-]*-2 created/);
  });

  it('a one-time code is asked for, unseen, where the server wants one', async () => {
    const secret = 'JBSWY3DPEHPK3PXP';
    sandbox.setTotp('root@pam', secret);
    const { totpCode } = await import('../../src/sandbox/access/totp.ts');
    const code = totpCode(secret, Date.now());
    const run = await answer([sandbox.endpoint, '--fingerprint', sandbox.fingerprint], ['root', PASSWORD, code]);
    expect(run.code).toBe(0);
    expect(run.typed.at(-1)).toEqual({ text: code, hidden: true });
  });

  it('a wrong password is an access error, and nothing is written', async () => {
    const run = await answer([sandbox.endpoint, '--fingerprint', sandbox.fingerprint], ['root', 'wrong-password']);
    expect(run.code).toBe(5);
    expect(run.stderr).not.toContain('wrong-password');
    expect(existsSync(home.config)).toBe(false);
  });
});

describe('without a terminal', () => {
  it('R-49: an unknown certificate is refused, also with --yes, with its fingerprint and the command that accepts it', async () => {
    for (const yes of [[], ['--yes']]) {
      const run = await script([sandbox.endpoint, ...yes], { PVEVM_TOKEN: sandbox.token });
      expect(run.code).toBe(6);
      expect(run.stderr).toContain(`pvevm login ${sandbox.endpoint} --fingerprint ${sandbox.fingerprint}`);
    }
    expect(sandbox.requests).toEqual([]);
  });

  it('PVEVM_TOKEN and --fingerprint make a context without a question, and no token is created', async () => {
    const env = { PVEVM_TOKEN: sandbox.token };
    const run = await script([sandbox.endpoint, '--fingerprint', sandbox.fingerprint, '--json'], env);
    expect(run.code).toBe(0);
    const result = JSON.parse(run.stdout) as Record<string, unknown>;
    expect(result).toMatchObject({ context: '127.0.0.1', current: true, user: 'root@pam!sandbox', tokenCreated: null });
    expect(run.stdout + run.stderr).not.toContain(sandbox.token.split('=')[1]);
    expect(config()).toContain(sandbox.token);
    expect(sandbox.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('a token file is referred to, not copied; a CA file too', async () => {
    writeFileSync(join(home.path, 'token'), sandbox.token, { mode: 0o600 });
    writeFileSync(join(home.path, 'ca.pem'), sandbox.ca);
    const run = await script([sandbox.endpoint, '--token-file', 'token', '--ca', 'ca.pem', '--context', 'lab']);
    expect(run.code).toBe(0);
    expect(config()).toContain(`tokenFile: ${join(home.path, 'token')}`);
    expect(config()).toContain(`ca: ${join(home.path, 'ca.pem')}`);
    expect(config()).not.toContain(sandbox.token);
    const doctor = await runCli(['doctor', '--context', 'lab', '--json'], { env: home.env, cwd: home.path });
    expect(doctor.code).toBe(0);
  });

  it('PVEVM_USERNAME and PVEVM_PASSWORD create a token with the name that is asked for', async () => {
    const env = { PVEVM_USERNAME: 'root', PVEVM_PASSWORD: PASSWORD };
    const argv = [sandbox.endpoint, '--fingerprint', sandbox.fingerprint, '--token-name', 'ci', '--json'];
    const run = await script(argv, env);
    expect(JSON.parse(run.stdout)).toMatchObject({ tokenCreated: 'root@pam!ci', user: 'root@pam!ci' });
    const again = await script([...argv, '--yes'], env);
    expect(again.code).toBe(7);
    expect(again.stdout).toContain('pveum user token remove root@pam ci');
  });

  it('--privsep creates a limited token, and prints the commands that grant it what it needs', async () => {
    const env = { PVEVM_USERNAME: 'root@pam', PVEVM_PASSWORD: PASSWORD };
    const run = await script(
      [sandbox.endpoint, '--fingerprint', sandbox.fingerprint, '--privsep', '--token-name', 'few'],
      env,
    );
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/pveum role add VMKeeper --privs "[^"]*VM\.Allocate[^"]*"/);
    expect(run.stdout).toContain("pveum acl modify / --tokens 'root@pam!few' --roles VMKeeper");
    const doctor = await runCli(['doctor'], { env: home.env, cwd: home.path });
    expect(doctor.code).toBe(5);
  });

  it('an existing context needs --yes, and no user is a configuration error', async () => {
    const env = { PVEVM_TOKEN: sandbox.token };
    const argv = [sandbox.endpoint, '--fingerprint', sandbox.fingerprint, '--context', 'lab'];
    expect((await script(argv, env)).code).toBe(0);
    const again = await script(argv, env);
    expect(again.code).toBe(4);
    expect(again.stderr).toContain('--yes');
    expect((await script([...argv, '--yes'], env)).code).toBe(0);
    const nobody = await script([...argv, '--yes']);
    expect(nobody.code).toBe(3);
    expect(nobody.stderr).toContain('PVEVM_USERNAME');
  });

  it('a second context becomes the current one only with --use', async () => {
    const env = { PVEVM_TOKEN: sandbox.token };
    const argv = [sandbox.endpoint, '--fingerprint', sandbox.fingerprint, '--context'];
    await script([...argv, 'one'], env);
    await script([...argv, 'two'], env);
    expect(config()).toContain('current: one');
    await script([...argv, 'three', '--use'], env);
    expect(config()).toContain('current: three');
  });

  it('no token is created where the context could not be written', async () => {
    const env = { PVEVM_USERNAME: 'root@pam', PVEVM_PASSWORD: PASSWORD };
    const argv = [sandbox.endpoint, '--fingerprint', sandbox.fingerprint];
    writeFileSync(join(home.path, '.config'), '');
    const blocked = await script(argv, env);
    expect([blocked.code, blocked.stderr]).toEqual([3, expect.stringContaining('cannot write the contexts')]);
    const homeless = await script(argv, { ...env, HOME: '' });
    expect([homeless.code, homeless.stderr]).toEqual([3, expect.stringContaining('HOME is not set')]);
    expect(sandbox.requests).toEqual([]);
  });

  it('a token that was created is named, with how to remove it, where the context cannot be written', async () => {
    const env = { PVEVM_USERNAME: 'root@pam', PVEVM_PASSWORD: PASSWORD };
    const blocking = await startSandbox({
      log: ({ path }) => {
        // Comes into the way once the token has been made.
        if (!path.endsWith('/token/left')) return;
        rmSync(join(home.path, '.config'), { recursive: true });
        writeFileSync(join(home.path, '.config'), '');
      },
    });
    try {
      const argv = [blocking.endpoint, '--fingerprint', blocking.fingerprint, '--token-name', 'left'];
      const run = await script(argv, env);
      expect(run.code).toBe(3);
      expect(run.stderr).toContain('The token root@pam!left was created');
      expect(run.stderr).toContain('pveum user token remove root@pam left');
    } finally {
      await blocking.close();
    }
  });

  it.each([
    [['--token-file', 'x', '--privsep'], 'cannot use both --token-file and --privsep'],
    [['--context', 'a/b'], 'cannot use that as the name of a context'],
    [['--fingerprint', 'zz'], 'fingerprint'],
  ])('%j is refused', async (argv, message) => {
    const run = await script([sandbox.endpoint, ...argv], { PVEVM_TOKEN: sandbox.token });
    expect(run.code).toBe(3);
    expect(run.stderr).toContain(message);
  });
});

it.each([
  ['pve1.example.com', 'pvevm-pve1'],
  ["Anna's Laptop", 'pvevm-Anna-s-Laptop'],
  ['日本', 'pvevm'],
  [`${'x'.repeat(80)}`, `pvevm-${'x'.repeat(40)}`],
])('the token of the machine %s is called %s', (hostname, name) => {
  expect(tokenNameFor(hostname)).toBe(name);
});

it.each([
  ['https://pve1.example.com:8006', 'pve1'],
  ['https://192.0.2.1:8006', '192.0.2.1'],
  ['https://[2001:db8::1]:8006', '2001-db8--1'],
])('the context of %s is called %s', (endpoint, name) => {
  expect(contextNameFor(endpoint)).toBe(name);
});
