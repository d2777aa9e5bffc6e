import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPveClient } from '../../src/pve/client.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { type HomeFolder, makeHome, runAnswering } from '../cli/answering.ts';
import { type CliRun, runCli } from '../run-cli.ts';
import { type Relay, type RelayMode, startProxy, startRelay } from './recording-relay.ts';

const PASSWORD = 'c4n4ry:pass/w0rd+%';
const SPEC = 'kind: vm\nname: canary\ndisks: { scsi0: { size: 1GiB, storage: local-lvm } }\nos: { media: null }\n';

let sandbox: Sandbox;
let root: PveClient;
let relay: Relay;
let home: HomeFolder;
let number = 0;

beforeAll(async () => {
  sandbox = await startSandbox({ taskTimeMs: 1, seed: 7 });
  root = createPveClient({
    endpoint: sandbox.endpoint,
    credentials: { type: 'token', token: sandbox.token },
    trust: { ca: sandbox.ca },
  });
  await root.post('/access/users', { params: { userid: 'canary@pve', password: PASSWORD } });
  await root.put('/access/acl', { params: { path: '/', roles: 'Administrator', users: 'canary@pve' } });
});

afterAll(async () => {
  await root.close();
  await sandbox.close();
});

beforeEach(async () => {
  relay = await startRelay(sandbox.endpoint);
  home = makeHome();
});

afterEach(async () => {
  await relay.close();
  home.remove();
});

interface Secrets {
  /** The environment of the runs, besides the home. */
  readonly env: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  /** What must be in no output, and must have been sent. */
  readonly canaries: readonly string[];
}

interface Source {
  readonly name: string;
  prepare(): Promise<Secrets>;
}

/** A token with a secret that no other test has. */
async function newToken(): Promise<{ readonly id: string; readonly secret: string; readonly token: string }> {
  number += 1;
  const id = `canary@pve!t${number}`;
  const path = `/access/users/canary@pve/token/t${number}`;
  const made = (await root.post(path, { params: { privsep: 0 } })) as { readonly value: string };
  return { id, secret: made.value, token: `${id}=${made.value}` };
}

async function newTicket(): Promise<{ readonly ticket: string; readonly CSRFPreventionToken: string }> {
  const params = { username: 'canary@pve', password: PASSWORD };
  const response = await root.post('/access/ticket', { params });
  return response as { readonly ticket: string; readonly CSRFPreventionToken: string };
}

function write(name: string, text: string): string {
  const path = join(home.path, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** A source whose secret is a token, which `use` puts where it belongs. */
function tokenSource(
  name: string,
  use: (token: { readonly id: string; readonly secret: string; readonly token: string }) => Omit<Secrets, 'canaries'>,
): Source {
  return {
    name,
    prepare: async () => {
      const token = await newToken();
      return { ...use(token), canaries: [token.secret] };
    },
  };
}

/** A source whose secret is the password, so that ticket and CSRF token are secrets too. */
function passwordSource(name: string, env: (endpoint: string) => Readonly<Record<string, string>>): Source {
  return { name, prepare: async () => ({ env: env(relay.endpoint), canaries: [PASSWORD] }) };
}

const own = (): Readonly<Record<string, string>> => ({
  PVEVM_ENDPOINT: relay.endpoint,
  PVEVM_FINGERPRINT: relay.fingerprint,
});
const context = (line: string): string =>
  write(
    '.config/pvevm/config.yaml',
    `current: lab\ncontexts:\n  lab:\n    endpoints: [${relay.endpoint}]\n    fingerprints: ["${relay.fingerprint}"]\n    ${line}\n`,
  );

const SOURCES: readonly Source[] = [
  tokenSource('PVEVM_TOKEN', ({ token }) => ({ env: { ...own(), PVEVM_TOKEN: token } })),
  tokenSource('PVEVM_TOKEN_FILE', ({ token }) => ({ env: { ...own(), PVEVM_TOKEN_FILE: write('token', token) } })),
  tokenSource('--token-file', ({ token }) => ({ env: own(), argv: ['--token-file', write('token', token)] })),
  tokenSource('a token in the context file', ({ token }) => {
    context(`token: ${token}`);
    return { env: {} };
  }),
  tokenSource('a token file of a context', ({ token }) => {
    context(`tokenFile: ${write('token', token)}`);
    return { env: {} };
  }),
  passwordSource('PVEVM_PASSWORD', () => ({ ...own(), PVEVM_USERNAME: 'canary@pve', PVEVM_PASSWORD: PASSWORD })),
  tokenSource('PROXMOX_VE_API_TOKEN', ({ token }) => ({
    env: { PROXMOX_VE_ENDPOINT: relay.endpoint, PROXMOX_VE_API_TOKEN: token, PROXMOX_VE_INSECURE: 'true' },
  })),
  passwordSource('PROXMOX_VE_PASSWORD', (endpoint) => ({
    ...{ PROXMOX_VE_ENDPOINT: endpoint, PROXMOX_VE_INSECURE: 'true' },
    ...{ PROXMOX_VE_USERNAME: 'canary@pve', PROXMOX_VE_PASSWORD: PASSWORD },
  })),
  {
    name: 'PROXMOX_VE_AUTH_TICKET',
    prepare: async () => {
      const { ticket, CSRFPreventionToken: csrf } = await newTicket();
      const env = {
        ...{ PROXMOX_VE_ENDPOINT: relay.endpoint, PROXMOX_VE_INSECURE: 'true' },
        ...{ PROXMOX_VE_AUTH_TICKET: ticket, PROXMOX_VE_CSRF_PREVENTION_TOKEN: csrf },
      };
      return { env, canaries: [ticket.split('::')[1] ?? ticket, csrf.split(':')[1] ?? csrf] };
    },
  },
  tokenSource('PM_API_TOKEN_SECRET', ({ id, secret }) => ({
    env: {
      ...{ PM_API_URL: `${relay.endpoint}/api2/json`, PM_TLS_INSECURE: 'true' },
      ...{ PM_API_TOKEN_ID: id, PM_API_TOKEN_SECRET: secret },
    },
  })),
  passwordSource('PM_PASS', (endpoint) => ({
    ...{ PM_API_URL: `${endpoint}/api2/json`, PM_TLS_INSECURE: 'true', PM_USER: 'canary@pve', PM_PASS: PASSWORD },
  })),
  tokenSource('PROXMOX_TOKEN_SECRET', ({ id, secret }) => ({
    env: {
      ...{ PROXMOX_URL: relay.endpoint, PROXMOX_VALIDATE_CERTS: 'false' },
      ...{ PROXMOX_TOKEN_ID: id, PROXMOX_TOKEN_SECRET: secret },
    },
  })),
  passwordSource('PROXMOX_PASSWORD', (endpoint) => ({
    ...{ PROXMOX_URL: endpoint, PROXMOX_VALIDATE_CERTS: 'false' },
    ...{ PROXMOX_USER: 'canary@pve', PROXMOX_PASSWORD: PASSWORD },
  })),
];

/** All that a run could have told: what it printed, and the files that it wrote. */
interface Told {
  readonly text: string;
  readonly runs: readonly CliRun[];
}

async function tellAll(commands: readonly (readonly string[])[], { env, argv = [] }: Secrets): Promise<Told> {
  const runs: CliRun[] = [];
  const files: string[] = [];
  write('work/vm.yaml', SPEC);
  for (const command of commands) {
    const cwd = join(home.path, 'work');
    runs.push(await runCli([...command, ...argv], { env: { ...home.env, ...env }, cwd }));
    for (const name of ['plan.json', 'bundle.json']) {
      try {
        files.push(readFileSync(join(cwd, name), 'utf8'));
        rmSync(join(cwd, name));
      } catch {
        // That command wrote none.
      }
    }
  }
  return { text: [...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]), ...files].join('\n'), runs };
}

/** Every spelling of a secret that a server could hand back. */
function spellings(canary: string): readonly string[] {
  const base64 = Buffer.from(canary).toString('base64').replace(/=+$/, '');
  return [canary, encodeURIComponent(canary), encodeURI(canary), JSON.stringify(canary).slice(1, -1), base64];
}

function expectNone(text: string, canaries: readonly string[]): void {
  for (const canary of canaries) for (const spelling of spellings(canary)) expect(text).not.toContain(spelling);
}

const TICKET = /"ticket":"PVE:[^"]*::([^"]+)"/g;
const CSRF = /"CSRFPreventionToken":"[^":]*:([^"]+)"/g;

/** What the server gave out after a login belongs to the secrets. */
function withTicket(canaries: readonly string[]): readonly string[] {
  const found = [TICKET, CSRF].flatMap((pattern) =>
    [...relay.seen().matchAll(pattern)].flatMap((match) => match[1] ?? []),
  );
  return [...canaries, ...found];
}

const WORKING = [
  ['plan', 'vm.yaml', '-o', 'plan.json', '--show-requests', '--verbose', '--debug'],
  ['apply', 'vm.yaml', '-y', '--events', '--debug'],
  ['destroy', 'vm.yaml', '-y', '--json', '--debug'],
  ['doctor', '--verbose', '--bundle', 'bundle.json', '--debug'],
  ['doctor', '--json'],
  ['context', 'list', '--json'],
];

const FAILING = [
  ['plan', 'vm.yaml', '--verbose', '--debug'],
  ['plan', 'vm.yaml', '--json', '--debug'],
  ['doctor', '--verbose', '--debug', '--bundle', 'bundle.json'],
  ['doctor', '--json'],
];

it.each(SOURCES)(
  'R-48: where all goes well, no output holds the secret of $name',
  async (source) => {
    const secrets = await source.prepare();
    // `context list` takes no options of a connection.
    const commands = secrets.argv === undefined ? WORKING : WORKING.slice(0, -1);
    const { text, runs } = await tellAll(commands, secrets);
    expect(runs.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual(commands.map(() => [0, '']));
    for (const canary of secrets.canaries) expect(relay.seen()).toContain(canary);
    expectNone(text, withTicket(secrets.canaries));
  },
  30_000,
);

const HOSTILE: readonly RelayMode[] = ['echo', 'echo-all', 'redirect', 'refuse'];

it.each(SOURCES)(
  'R-48: a server that repeats the secret of $name in its errors gets it into no output',
  async (source) => {
    const secrets = await source.prepare();
    for (const mode of HOSTILE) {
      relay.setMode(mode);
      const { text, runs } = await tellAll(FAILING, secrets);
      expect(runs.map(({ code }) => code === 0)).toEqual(FAILING.map(() => false));
      for (const canary of secrets.canaries.slice(0, 1)) expect(relay.seen()).toContain(canary);
      expectNone(text, withTicket(secrets.canaries));
    }
  },
  30_000,
);

it('R-48: the repeated secret does stand in the answers, so that the test above could fail', async () => {
  const { token, secret } = await newToken();
  relay.setMode('echo');
  const answer = await fetchText(`${relay.endpoint}/api2/json/version`, token);
  expect(answer.reason).toContain(secret);
  expect(answer.body).toContain(secret);
  relay.setMode('redirect');
  expect((await fetchText(`${relay.endpoint}/api2/json/version`, token)).location).toContain(secret);
});

async function fetchText(
  url: string,
  token: string,
): Promise<{ readonly reason: string; readonly body: string; readonly location: string }> {
  const { request } = await import('node:https');
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `PVEAPIToken=${token}` };
    request(url, { rejectUnauthorized: false, headers, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += String(chunk);
      });
      response.on('end', () =>
        resolve({ reason: response.statusMessage ?? '', body, location: response.headers.location ?? '' }),
      );
    })
      .on('error', reject)
      .end();
  });
}

it('R-48: the password of a proxy is in no output, whether it lets us through or refuses and repeats it', async () => {
  const proxy = await startProxy();
  try {
    const { token, secret } = await newToken();
    const password = 'pr0xy-c4n4ry';
    const HTTPS_PROXY = `http://user:${password}@127.0.0.1:${proxy.port}`;
    const secrets = { env: { ...own(), PVEVM_TOKEN: token, HTTPS_PROXY }, canaries: [password, secret] };
    const through = await tellAll(WORKING, secrets);
    expect(through.runs.map(({ code }) => code)).toEqual(WORKING.map(() => 0));
    expect(proxy.seen()).toContain(password);
    expect(relay.seen()).toContain(secret);
    const header = Buffer.from(`user:${password}`).toString('base64');
    expectNone(through.text, [password, secret, header]);
    proxy.refuse();
    const refused = await tellAll(FAILING, secrets);
    expect(refused.runs.every(({ code }) => code !== 0)).toBe(true);
    expectNone(refused.text, [password, secret, header]);
  } finally {
    await proxy.close();
  }
}, 30_000);

it('R-48: login prints neither the password, nor the one-time code, nor the token that it makes', async () => {
  const secret = 'JBSWY3DPEHPK3PXP';
  await root.post('/access/users', { params: { userid: 'second@pve', password: PASSWORD } });
  sandbox.setTotp('second@pve', secret);
  const { totpCode } = await import('../../src/sandbox/access/totp.ts');
  const code = totpCode(secret, Date.now());
  const argv = ['login', relay.endpoint, '--fingerprint', relay.fingerprint, '--debug', '--verbose'];
  const world = { env: home.env, cwd: home.path };
  const wrong = await runAnswering(argv, ['second@pve', PASSWORD, '0c4n4ry'], world);
  expect(wrong.code).toBe(5);
  const run = await runAnswering(argv, ['second@pve', PASSWORD, code], world);
  expect(run.code).toBe(0);
  const made = /=([0-9a-f-]{36})/.exec(readFileSync(home.config, 'utf8'))?.[1] ?? 'none';
  for (const canary of [PASSWORD, code, '0c4n4ry', made]) expect(relay.seen()).toContain(canary);
  expectNone(`${run.stdout}${run.stderr}${wrong.stdout}${wrong.stderr}`, withTicket([PASSWORD, code, '0c4n4ry', made]));
}, 30_000);

it('R-48: login against a server that repeats what it is sent prints no secret', async () => {
  const { token, secret } = await newToken();
  const cwd = home.path;
  for (const mode of HOSTILE) {
    relay.setMode(mode);
    const argv = ['login', relay.endpoint, '--fingerprint', relay.fingerprint, '--debug'];
    const withToken = await runCli(argv, { env: { ...home.env, PVEVM_TOKEN: token }, cwd });
    const env = { ...home.env, PVEVM_USERNAME: 'canary@pve', PVEVM_PASSWORD: PASSWORD };
    const withPassword = await runCli(argv, { env, cwd });
    expect([withToken.code, withPassword.code]).not.toContain(0);
    const text = [withToken, withPassword].flatMap(({ stdout, stderr }) => [stdout, stderr]).join('\n');
    expectNone(text, withTicket([secret, PASSWORD]));
  }
  expect(relay.seen()).toContain(secret);
}, 30_000);
