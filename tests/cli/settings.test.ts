import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../src/cli/connection-options.ts';
import {
  type ConnectionSettings,
  connectionSettings,
  type SettingsCandidate,
  settingsCandidates,
} from '../../src/cli/settings/connection-settings.ts';
import { PvevmError } from '../../src/core/error.ts';

const secret = '12345678-1234-1234-1234-123456789abc';
const token = `root@pam!ci=${secret}`;
const other = `root@pam!file=${secret}`;
const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
let cwd = '';

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  writeFileSync(join(cwd, 'token'), `${other}\n`, { mode: 0o600 });
  writeFileSync(join(cwd, 'open-token'), other);
  chmodSync(join(cwd, 'open-token'), 0o640);
  writeFileSync(join(cwd, 'empty'), '\n', { mode: 0o600 });
  writeFileSync(join(cwd, 'ca.pem'), pem);
  mkdirSync(join(cwd, 'config/pvevm'), { recursive: true });
  writeFileSync(join(cwd, 'config/pvevm/home.token'), other, { mode: 0o600 });
  writeFileSync(join(cwd, 'config/pvevm/ca.pem'), pem);
  writeFileSync(
    join(cwd, 'config/pvevm/config.yaml'),
    `current: home
contexts:
  home: { endpoints: [https://home:8006], token: ${token}, fingerprints: [AA] }
  lab: { endpoints: [lab1, lab2], tokenFile: home.token, ca: ca.pem }
  desk: { endpoints: [desk], username: bob }
`,
    { mode: 0o600 },
  );
});

afterAll(() => rmSync(cwd, { recursive: true }));

type Environment = Readonly<Record<string, string>>;

interface World {
  readonly isTTY?: boolean;
  /** What is typed at a terminal. */
  readonly typed?: readonly string[];
  readonly project?: { readonly context?: string };
}

function ioOf(env: Environment, { isTTY = false, typed = [] }: World = {}) {
  async function* keys(): AsyncGenerator<string> {
    yield* typed;
  }
  const asked: string[] = [];
  const stderr = { write: (text: string) => void asked.push(text) };
  return { io: { env, cwd, stdin: Object.assign(keys(), { isTTY }), stderr }, asked };
}

function settings(options: ConnectionOptions, env: Environment, world: World = {}): Promise<ConnectionSettings> {
  return connectionSettings(options, ioOf(env, world).io, world.project);
}

async function failure(options: ConnectionOptions, env: Environment, world: World = {}): Promise<PvevmError> {
  try {
    await settings(options, env, world);
  } catch (error) {
    if (error instanceof PvevmError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const whole = { PVEVM_ENDPOINT: 'https://pve1:8006', PVEVM_TOKEN: token };
const bpg = { PROXMOX_VE_ENDPOINT: 'https://bpg:8006/', PROXMOX_VE_API_TOKEN: token };
const telmate = {
  PM_API_URL: 'https://tm:8006/api2/json',
  PM_API_TOKEN_ID: 'root@pam!ci',
  PM_API_TOKEN_SECRET: secret,
};
const ansible = { PROXMOX_HOST: 'an', PROXMOX_USER: 'root@pam', PROXMOX_TOKEN_ID: 'ci', PROXMOX_TOKEN_SECRET: secret };

describe('flags and the PVEVM_* variables', () => {
  it('take everything from the environment', async () => {
    const env = { ...whole, PVEVM_FINGERPRINT: 'AA, BB', PVEVM_ENDPOINT: 'https://a:8006, b c' };
    expect(await settings({}, env)).toEqual({
      source: {
        family: 'PVEVM',
        label: 'the PVEVM_* variables',
        names: ['PVEVM_ENDPOINT', 'PVEVM_TOKEN', 'PVEVM_FINGERPRINT'],
      },
      endpoints: ['https://a:8006', 'b', 'c'],
      credentials: { type: 'token', token },
      trust: { fingerprints: ['AA', 'BB'] },
      notes: [],
    });
    expect((await settings({}, { ...whole, PVEVM_CA: 'ca.pem' })).trust).toEqual({ ca: pem });
  });

  it('complete each other, and flags win', async () => {
    const env = { ...whole, PVEVM_CA: 'ca.pem' };
    const all = await settings({ endpoint: ['pve9'], tokenFile: 'token', fingerprint: ['BB', 'CC'] }, env);
    expect(all).toMatchObject({ endpoints: ['pve9'], credentials: { token: other } });
    // A certificate authority from the environment would make the pinned fingerprint no stricter.
    expect(all.trust).toEqual({ fingerprints: ['BB', 'CC'] });
    const half = await settings({ endpoint: ['pve9'] }, env);
    expect(half).toMatchObject({ endpoints: ['pve9'], credentials: { token }, trust: { ca: pem } });
    expect(half.source).toEqual({
      family: 'flags',
      label: 'the flag --endpoint',
      names: ['--endpoint', 'PVEVM_TOKEN', 'PVEVM_CA'],
    });
  });

  it('read the token from a file that a variable names, unless another holds the token itself', async () => {
    const named = await settings({}, { PVEVM_ENDPOINT: 'a', PVEVM_TOKEN_FILE: 'token' });
    expect(named.credentials).toEqual({ type: 'token', token: other });
    const both = await settings({}, { ...whole, PVEVM_TOKEN_FILE: 'token' });
    expect(both.credentials).toEqual({ type: 'token', token });
  });

  it('take a user and a password as they are, and the user without a realm as one of PAM', async () => {
    const env = { PVEVM_ENDPOINT: 'a', PVEVM_USERNAME: 'bob', PVEVM_PASSWORD: ' pa ss ', PVEVM_OTP: '123456' };
    const { credentials } = await settings({}, env);
    expect(credentials).toEqual({ type: 'password', username: 'bob@pam', password: ' pa ss ', otp: '123456' });
    expect((await settings({}, { ...env, PVEVM_TOKEN: token })).credentials).toEqual({ type: 'token', token });
  });

  it('ask for a password that is not given, without showing it, and for a one-time code when it is wanted', async () => {
    const { io, asked } = ioOf(
      { PVEVM_ENDPOINT: 'a', PVEVM_USERNAME: 'bob@pve' },
      { isTTY: true, typed: ['pax', '\u007fs', 's\r'] },
    );
    const { credentials } = await connectionSettings({}, io);
    expect(credentials).toMatchObject({ username: 'bob@pve', password: 'pass' });
    expect(asked).toEqual(['Password of bob@pve: ', '\n']);
    const again = ioOf(
      { PVEVM_ENDPOINT: 'a', PVEVM_USERNAME: 'b', PVEVM_PASSWORD: 'c' },
      { isTTY: true, typed: ['42\n'] },
    );
    const found = (await connectionSettings({}, again.io)).credentials;
    expect(again.asked).toEqual([]);
    expect(found.type === 'password' ? await found.askOtp?.() : undefined).toBe('42');
  });

  it('cannot ask where nobody is there', async () => {
    const error = await failure({}, { PVEVM_ENDPOINT: 'a', PVEVM_USERNAME: 'bob' });
    expect(error.message).toBe('cannot ask for the password of bob@pam: standard input is no terminal');
    expect(error.hints.join()).toContain('PVEVM_PASSWORD');
  });

  it('end as interrupted where Ctrl-C is typed in place of a password', async () => {
    const world = { isTTY: true, typed: ['pa\u0003'] };
    expect((await failure({}, { PVEVM_ENDPOINT: 'a', PVEVM_USERNAME: 'bob' }, world)).code).toBe('INTERRUPTED');
  });

  it('that are incomplete as flags are an error, and never completed by another source', async () => {
    const env = { ...bpg, XDG_CONFIG_HOME: join(cwd, 'config') };
    const endpoint = await failure({ endpoint: ['pve9'] }, env);
    expect(endpoint.code).toBe('CONFIG');
    expect(endpoint.message).toBe('cannot connect: --endpoint is given, but no API token');
    expect(endpoint.hints.join('\n')).toContain('never mixed');
    const file = await failure({ tokenFile: 'token' }, env);
    expect(file.message).toBe('cannot connect: --token-file is given, but no endpoint');
  });

  it('teach all ways where something is missing, and the sandbox', async () => {
    const error = await failure({}, { PVEVM_ENDPOINT: ' ' });
    expect({ code: error.code, message: error.message }).toEqual({
      code: 'CONFIG',
      message: 'cannot connect: no endpoint and no API token is given',
    });
    for (const way of [
      '--endpoint',
      'PVEVM_ENDPOINT',
      '--token-file',
      'PVEVM_TOKEN',
      'PVEVM_TOKEN_FILE',
      '--sandbox',
    ]) {
      expect(error.hints.join('\n')).toContain(way);
    }
    expect((await failure({}, { PVEVM_ENDPOINT: 'a' })).message).toBe('cannot connect: no API token is given');
  });

  it('that are empty as flags are told as what they are', async () => {
    const error = await failure({ endpoint: [''], tokenFile: 'token' }, {});
    expect(error.message).toBe('cannot connect: --endpoint and --token-file are given, but no endpoint');
  });

  // Windows has no file modes.
  it.skipIf(process.platform === 'win32')('refuse a token file that others can read, with the remedy', async () => {
    const error = await failure({ tokenFile: 'open-token' }, whole);
    expect(error.message).toBe('cannot use the token file open-token: others can read it');
    expect(error.hints).toEqual(['Run: chmod 600 open-token']);
  });

  it.each([
    [{ tokenFile: 'nowhere' }, whole, 'cannot read the token file nowhere: there is no such file'],
    [{ tokenFile: '' }, whole, 'cannot read the token file: its name is empty'],
    [{ tokenFile: '.' }, whole, 'cannot read the token file .: it is a folder'],
    [{ tokenFile: 'empty' }, whole, 'cannot use the token file empty: it is empty'],
    [{ ca: 'nowhere' }, whole, 'cannot read the file of certificate authorities nowhere: there is no such file'],
    [{ ca: 'token' }, whole, 'cannot use token: it holds no certificate in PEM form'],
    [{ ca: 'ca.pem', insecure: true }, whole, 'cannot both verify the server and not verify it'],
    [{}, { ...whole, PVEVM_INSECURE: secret }, 'cannot read PVEVM_INSECURE: its value is neither true nor false'],
    [
      {},
      { ...bpg, PROXMOX_VE_INSECURE: secret },
      'cannot read PROXMOX_VE_INSECURE: its value is neither true nor false',
    ],
    [
      {},
      { ...ansible, PROXMOX_VERIFY_SSL: '1', PROXMOX_INSECURE: '1' },
      'cannot both verify the server and not verify it',
    ],
  ])('refuse %j', async (options, env, message) => {
    const error = await failure(options, env);
    expect({ code: error.code, message: error.message }).toEqual({ code: 'CONFIG', message });
    expect(JSON.stringify([error.message, error.hints, error.details])).not.toContain('123456789abc');
  });
});

describe('the variables of other tools', () => {
  const password = { username: 'u@pve', password: 'p' };

  it.each<[string, Environment, object]>([
    ['a token of bpg', bpg, { endpoints: ['https://bpg:8006/'], credentials: { type: 'token', token } }],
    [
      'a ticket of bpg, before its password',
      {
        PROXMOX_VE_ENDPOINT: 'https://bpg:8006',
        PROXMOX_VE_AUTH_TICKET: 'PVE:root@pam:0::x',
        PROXMOX_VE_CSRF_PREVENTION_TOKEN: 'c',
        PROXMOX_VE_USERNAME: 'u@pve',
        PROXMOX_VE_PASSWORD: 'p',
      },
      { credentials: { type: 'ticket', ticket: 'PVE:root@pam:0::x', csrfToken: 'c' } },
    ],
    [
      'a password of bpg',
      { PROXMOX_VE_ENDPOINT: 'a', PROXMOX_VE_USERNAME: 'u@pve', PROXMOX_VE_PASSWORD: 'p', PROXMOX_VE_OTP: '1' },
      { credentials: { type: 'password', ...password, otp: '1' } },
    ],
    [
      'a token of Telmate',
      telmate,
      { endpoints: ['https://tm:8006/api2/json'], credentials: { type: 'token', token }, source: { family: 'PM' } },
    ],
    [
      'a password of Telmate',
      { PM_API_URL: 'a', PM_USER: 'u@pve', PM_PASS: 'p', PM_OTP: '1', PM_TLS_INSECURE: 'false' },
      { credentials: { type: 'password', ...password, otp: '1' }, trust: {} },
    ],
    [
      'a token of Ansible, whose name stands alone',
      ansible,
      { credentials: { type: 'token', token }, endpoints: ['an'] },
    ],
    [
      'a token whose name is whole',
      { PROXMOX_URL: 'https://u:8006/api2/json', PROXMOX_TOKEN_ID: 'root@pam!ci', PROXMOX_TOKEN_SECRET: secret },
      { credentials: { type: 'token', token }, endpoints: ['https://u:8006/api2/json'] },
    ],
    [
      'a password of Ansible, and a port',
      {
        PROXMOX_HOST: 'an',
        PROXMOX_PORT: '443',
        PROXMOX_USER: 'u@pve',
        PROXMOX_PASSWORD: 'p',
        PROXMOX_CA_PATH: 'ca.pem',
      },
      { credentials: { type: 'password', ...password }, endpoints: ['an:443'], trust: { ca: pem } },
    ],
    [
      'a host that has a port of its own',
      { ...ansible, PROXMOX_HOST: 'an:8443', PROXMOX_PORT: '443' },
      { endpoints: ['an:8443'] },
    ],
    [
      'an IPv6 host and a port',
      { ...ansible, PROXMOX_HOST: 'fd00::1', PROXMOX_PORT: '443' },
      { endpoints: ['[fd00::1]:443'] },
    ],
    [
      'a token of Packer',
      { PROXMOX_URL: 'https://u:8006/api2/json', PROXMOX_USERNAME: 'root@pam!ci', PROXMOX_TOKEN: secret },
      { credentials: { type: 'token', token }, notes: [] },
    ],
    [
      'a token that is whole',
      { PROXMOX_HOST: 'https://u:8006', PROXMOX_TOKEN: token },
      { credentials: { type: 'token', token }, notes: [] },
    ],
    [
      'two addresses of one server',
      { ...ansible, PROXMOX_HOST: 'an', PROXMOX_URL: 'https://an:8006/api2/json' },
      { endpoints: ['an'] },
    ],
  ])('give %s', async (_what, env, expected) => {
    expect(await settings({}, env)).toMatchObject(expected);
  });

  it.each<[Environment, string]>([
    [{ ...bpg, PROXMOX_VE_INSECURE: 'true' }, 'PROXMOX_VE_INSECURE'],
    [{ ...telmate, PM_TLS_INSECURE: '1' }, 'PM_TLS_INSECURE'],
    [{ ...ansible, PROXMOX_VALIDATE_CERTS: 'no' }, 'PROXMOX_VALIDATE_CERTS'],
    [{ ...ansible, PROXMOX_VERIFY_SSL: 'False' }, 'PROXMOX_VERIFY_SSL'],
    [{ ...ansible, PROXMOX_INSECURE: '1' }, 'PROXMOX_INSECURE'],
    [{ ...whole, PVEVM_INSECURE: '1' }, 'PVEVM_INSECURE'],
  ])('R-49: that switch verification off do so with a warning: %j', async (env, name) => {
    const { trust, notes } = await settings({}, env);
    expect(trust).toEqual({ insecure: true });
    expect(notes).toEqual([
      `the server is not verified (${name}): anybody in between can read the token and change what is sent`,
    ]);
  });

  it('are never mixed, and those of bpg are no part of those that begin alike', async () => {
    const halves = { PROXMOX_VE_ENDPOINT: 'a', PM_API_TOKEN_ID: 'root@pam!ci', PM_API_TOKEN_SECRET: secret };
    const error = await failure({}, halves);
    expect(error.message).toBe('cannot connect: no source of settings is complete');
    expect(error.details).toEqual([
      'the PROXMOX_VE_* variables: they lack PROXMOX_VE_API_TOKEN, or PROXMOX_VE_AUTH_TICKET and PROXMOX_VE_CSRF_PREVENTION_TOKEN, or PROXMOX_VE_USERNAME and PROXMOX_VE_PASSWORD (set: PROXMOX_VE_ENDPOINT)',
      'the PM_* variables: they lack PM_API_URL (set: PM_API_TOKEN_ID, PM_API_TOKEN_SECRET)',
    ]);
  });

  it.each<[Environment, string]>([
    [{ PROXMOX_HOST: 'a', PROXMOX_USER: 'u' }, 'they lack PROXMOX_PASSWORD ('],
    [{ PROXMOX_HOST: 'a', PROXMOX_TOKEN_ID: 'ci', PROXMOX_TOKEN_SECRET: secret }, 'they lack PROXMOX_USER ('],
    [{ ...ansible, PROXMOX_URL: 'https://elsewhere:8006' }, 'PROXMOX_HOST and PROXMOX_URL differ'],
    [{ PM_API_URL: 'a', PM_USER: 'u' }, 'they lack PM_PASS ('],
    [{ PROXMOX_VE_ENDPOINT: 'a', PROXMOX_VE_PASSWORD: 'p' }, 'they lack PROXMOX_VE_USERNAME ('],
  ])('say what they lack: %j', async (env, words) => {
    expect((await failure({}, env)).details.join('\n')).toContain(words);
  });

  it('do not count PROXMOX_TOKEN alone unless it is whole, and say so', async () => {
    const error = await failure({}, { PROXMOX_HOST: 'a', PROXMOX_TOKEN: secret });
    expect(error.details.join('\n')).toContain('PROXMOX_TOKEN is ignored');
    const { credentials, notes } = await settings({}, { ...ansible, PROXMOX_TOKEN: 'x' });
    expect(credentials).toEqual({ type: 'token', token });
    expect(notes).toEqual([expect.stringContaining('PROXMOX_TOKEN is ignored')]);
  });

  it('are named where a proxy is set that is not read', async () => {
    expect((await settings({}, { ...telmate, PM_PROXY: 'http://p' })).notes).toEqual([
      'PM_PROXY is not read: name the proxy in HTTPS_PROXY',
    ]);
  });
});

describe('contexts', () => {
  const context = (name: string) => ({ context: name });
  const at = (): Environment => ({ XDG_CONFIG_HOME: join(cwd, 'config') });

  it('are used by name, with paths that begin at their file', async () => {
    const lab = await settings(context('lab'), at());
    expect(lab).toMatchObject({
      endpoints: ['lab1', 'lab2'],
      context: 'lab',
      credentials: { token: other },
      trust: { ca: pem },
    });
    expect(lab.source).toEqual({
      family: 'context',
      label: `context lab (${join(cwd, 'config/pvevm/config.yaml')})`,
      names: ['endpoints', 'tokenFile', 'ca'],
    });
  });

  // Windows has no file modes.
  it.skipIf(process.platform === 'win32')('name their files whole where these cannot be used', async () => {
    const open = join(cwd, 'config/pvevm/home.token');
    chmodSync(open, 0o644);
    const error = await failure(context('lab'), at());
    chmodSync(open, 0o600);
    expect(error.message).toBe(`cannot use the token file ${open}: others can read it`);
  });

  it('show their file with ~ below the home folder', async () => {
    const { source } = await settings({}, { ...at(), HOME: cwd });
    expect(source.label).toBe('context home (~/config/pvevm/config.yaml)');
  });

  it('never hold a password: it is asked for', async () => {
    const { credentials } = await settings(context('desk'), at(), { isTTY: true, typed: ['pass\r'] });
    expect(credentials).toMatchObject({ type: 'password', username: 'bob@pam', password: 'pass' });
    expect((await failure(context('desk'), at())).message).toContain('cannot ask for the password of bob@pam');
  });

  it('come in their order among the other sources', async () => {
    const order: readonly (readonly [ConnectionOptions, Environment, World, string])[] = [
      [{ endpoint: ['f'], tokenFile: 'token' }, { ...whole, PVEVM_CONTEXT: 'lab' }, {}, 'f'],
      [context('lab'), { ...whole, PVEVM_CONTEXT: 'home' }, {}, 'lab1'],
      [{}, { ...whole, PVEVM_CONTEXT: 'lab', ...bpg }, {}, 'https://pve1:8006'],
      [{}, { PVEVM_CONTEXT: 'lab', ...bpg }, { project: { context: 'home' } }, 'lab1'],
      [{}, bpg, { project: { context: 'lab' } }, 'lab1'],
      [{}, { ...bpg, ...telmate, ...ansible }, {}, 'https://bpg:8006/'],
      [{}, { ...telmate, ...ansible }, {}, 'https://tm:8006/api2/json'],
      [{}, ansible, {}, 'an'],
      [{}, {}, {}, 'https://home:8006'],
    ];
    for (const [options, env, world, endpoint] of order) {
      expect((await settings(options, { ...at(), ...env }, world)).endpoints[0]).toBe(endpoint);
    }
  });

  it('that are named and lose are told of', async () => {
    expect((await settings({}, { ...at(), ...whole, PVEVM_CONTEXT: 'lab' })).notes).toEqual([
      'context lab (PVEVM_CONTEXT) is not used: the PVEVM_* variables come before it',
    ]);
    expect((await settings({}, { ...at(), ...whole }, { project: { context: 'lab' } })).notes).toEqual([
      'context lab (context in pvevm.yaml) is not used: the PVEVM_* variables come before it',
    ]);
  });

  it('take over from variables that are incomplete, which is told', async () => {
    const { notes, context: used } = await settings({}, { ...at(), PVEVM_ENDPOINT: 'a', PVEVM_FINGERPRINT: 'AA' });
    expect(used).toBe('home');
    expect(notes).toEqual([
      'the PVEVM_* variables are not used: they lack PVEVM_TOKEN, PVEVM_TOKEN_FILE or PVEVM_USERNAME (set: PVEVM_ENDPOINT, PVEVM_FINGERPRINT)',
    ]);
  });

  it('have their trust replaced whole by flags, and by nothing else', async () => {
    expect((await settings({ ca: 'ca.pem' }, at())).trust).toEqual({ ca: pem });
    const insecure = await settings({ insecure: true }, at());
    expect(insecure.trust).toEqual({ insecure: true });
    expect(insecure.source.names).toContain('--insecure');
    expect((await settings({}, { ...at(), PVEVM_INSECURE: '1' })).trust).toEqual({ fingerprints: ['AA'] });
  });

  it('that do not exist are an error with the nearest name, also where other settings are complete', async () => {
    const error = await failure(context('hme'), { ...at(), ...whole });
    expect(error.code).toBe('CONFIG');
    expect(error.message).toBe("there is no context 'hme', which --context names");
    expect(error.hints).toEqual(['Did you mean home?', 'There are: home, lab, desk.']);
    expect((await failure({}, { ...at(), ...bpg, PVEVM_CONTEXT: 'x' })).message).toContain('which PVEVM_CONTEXT names');
  });

  it('exclude flags of their own kind', async () => {
    for (const options of [{ endpoint: ['a'] }, { tokenFile: 'token' }]) {
      expect((await failure({ ...context('home'), ...options }, at())).code).toBe('USAGE');
    }
  });

  it('are not read where nothing needs them', async () => {
    const broken = join(cwd, 'broken');
    mkdirSync(join(broken, 'pvevm'), { recursive: true });
    writeFileSync(join(broken, 'pvevm/config.yaml'), 'contexts: [');
    expect((await settings({}, { ...whole, XDG_CONFIG_HOME: broken })).endpoints).toEqual(['https://pve1:8006']);
    expect((await failure({}, { XDG_CONFIG_HOME: broken })).message).toContain('config.yaml:1:');
  });
});

describe('candidates', () => {
  const states = (candidates: readonly SettingsCandidate[]) =>
    candidates.map(({ source, state }) => `${source.family}: ${state}`);

  it('are all sources in their order, without a question and without a secret', async () => {
    const { io, asked } = ioOf(
      { XDG_CONFIG_HOME: join(cwd, 'config'), PVEVM_ENDPOINT: 'a', ...bpg, PROXMOX_PASSWORD: 'p4ssw0rd' },
      { isTTY: true },
    );
    const candidates = await settingsCandidates({}, io);
    expect(states(candidates)).toEqual([
      'flags: absent',
      'PVEVM: incomplete',
      'PROXMOX_VE: used',
      'PM: absent',
      'PROXMOX: incomplete',
      'context: complete',
    ]);
    expect(asked).toEqual([]);
    expect(JSON.stringify(candidates)).not.toMatch(/123456789abc|p4ssw0rd/);
  });

  it('have none in use behind one that ends the search', async () => {
    const { io } = ioOf({ XDG_CONFIG_HOME: join(cwd, 'config'), ...bpg });
    const candidates = await settingsCandidates({}, io, { context: 'hme' });
    expect(candidates.find(({ source }) => source.family === 'context')).toMatchObject({
      state: 'incomplete',
      missing: ["there is no context 'hme', which context in pvevm.yaml names"],
    });
    expect(states(candidates)).toContain('PROXMOX_VE: complete');
    expect(states(await settingsCandidates({ endpoint: ['a'] }, io))).toContain('PROXMOX_VE: complete');
  });
});
