import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleText } from '../../src/cli/doctor/bundle.ts';
import { grantCommands } from '../../src/cli/doctor/grant-commands.ts';
import { privilegeRows } from '../../src/cli/doctor/privilege-rows.ts';
import { endpointsCheck, proxyCheck, type ReachedEndpoint, tlsCheck } from '../../src/cli/doctor/reach-checks.ts';
import { privilegesOfKinds, requiredPrivileges } from '../../src/cli/doctor/required-privileges.ts';
import { clockCheck, versionCheck } from '../../src/cli/doctor/server-checks.ts';
import { createPveClient } from '../../src/pve/client.ts';
import { createClusterView } from '../../src/pve/cluster.ts';
import { loadFacts } from '../../src/pve/facts/load-facts.ts';
import { decodePermissions } from '../../src/pve/permissions.ts';
import type { PveClient, PveReader } from '../../src/pve/reader.ts';
import { type DoctorReport, formatDoctor } from '../../src/report/doctor-text.ts';
import { createTheme } from '../../src/report/theme.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { type CliRun, runCli } from '../run-cli.ts';
import { type HomeFolder, makeHome } from './answering.ts';

let sandbox: Sandbox;
let home: HomeFolder;
let root: PveClient;

beforeEach(async () => {
  sandbox = await startSandbox({ taskTimeMs: 1, seed: 7 });
  home = makeHome();
  root = createPveClient({
    endpoint: sandbox.endpoint,
    credentials: { type: 'token', token: sandbox.token },
    trust: { ca: sandbox.ca },
  });
});

afterEach(async () => {
  await root.close();
  await sandbox.close();
  home.remove();
});

const own = (token = sandbox.token): Readonly<Record<string, string>> => ({
  PVEVM_ENDPOINT: sandbox.endpoint,
  PVEVM_TOKEN: token,
  PVEVM_FINGERPRINT: sandbox.fingerprint,
});

const doctor = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliRun> =>
  runCli(['doctor', ...argv], { env: { ...home.env, ...env }, cwd: home.path });

type Report = DoctorReport & { readonly exit: { readonly code: number } };

const reportOf = async (env: Readonly<Record<string, string>>, argv: readonly string[] = []): Promise<Report> =>
  JSON.parse((await doctor(['--json', ...argv], env)).stdout) as Report;

const stateOf = ({ checks }: Report): Record<string, string> =>
  Object.fromEntries(checks.map(({ name, state }) => [name, state]));

const checkOf = ({ checks }: Report, name: string) => checks.find((check) => check.name === name);

/** A token of a user with these privileges on these paths. */
async function tokenWith(rules: Readonly<Record<string, string>>, privsep: 0 | 1): Promise<string> {
  await root.post('/access/users', { params: { userid: 'anna@pve' } });
  const path = '/access/users/anna@pve/token/tok';
  const { value } = (await root.post(path, { params: { privsep } })) as { readonly value: string };
  for (const [index, [on, privs]] of Object.entries(rules).entries()) {
    const roleid = `role${index}`;
    await root.post('/access/roles', { params: { roleid, privs } });
    await root.put('/access/acl', { params: { path: on, roles: roleid, users: 'anna@pve' } });
    if (privsep === 1) await root.put('/access/acl', { params: { path: on, roles: roleid, tokens: 'anna@pve!tok' } });
  }
  return `anna@pve!tok=${value}`;
}

it('all is well with a token of root@pam, and every check says what it found', async () => {
  const run = await doctor([], own());
  expect(run.code).toBe(0);
  expect(run.stdout).toContain('from the PVEVM_* variables');
  expect(run.stdout).toContain('verified by the pinned fingerprint');
  expect(run.stdout).toContain('root@pam!sandbox, by API token');
  expect(run.stdout).toMatch(/Proxmox VE 9\.2\.\d+ \(pvevm knows 7\.4 to 9\.2\)/);
  expect(run.stdout).toContain('sandbox, 3 nodes');
  expect(run.stdout).toMatch(/ok\s+clock\s+the clocks of 3 nodes/);
  expect(run.stdout).toContain('All is well.');
});

it('the sandbox needs no settings', async () => {
  const run = await doctor(['--sandbox', '--json']);
  expect(run.code).toBe(0);
  const states = stateOf(JSON.parse(run.stdout) as Report);
  expect(states).toMatchObject({ settings: 'ok', tls: 'skipped', authentication: 'ok', plan: 'ok', apply: 'ok' });
});

it('the sources of settings are listed in order, with names of what is set and never its value', async () => {
  const env = { ...own(), PROXMOX_VE_ENDPOINT: 'https://other.example:8006', PM_PASS: 'hunter22' };
  const run = await doctor([], env);
  const order = ['flags: not set', 'PVEVM_* variables: used', 'PROXMOX_VE_* variables: incomplete', 'PM_* variables'];
  const places = order.map((text) => run.stdout.indexOf(text));
  expect(places).toEqual([...places].sort((left, right) => left - right));
  expect(places).not.toContain(-1);
  expect(run.stdout).toContain('PM_PASS');
  expect(run.stdout).not.toContain('hunter22');
  expect(run.stdout).not.toContain('other.example');
});

describe('a problem has the exit code of its kind, and what cannot run then is skipped', () => {
  it('no settings: 3', async () => {
    const run = await doctor(['--json']);
    expect(run.code).toBe(3);
    expect(stateOf(JSON.parse(run.stdout) as Report)).toMatchObject({
      settings: 'problem',
      tls: 'skipped',
      plan: 'skipped',
    });
  });

  it('a token that is none: 3', async () => {
    const report = await reportOf(own('nonsense'));
    expect(report.exit.code).toBe(3);
    expect(checkOf(report, 'settings')?.summary).toContain('user@realm!name=uuid');
  });

  it('a wrong token: 5', async () => {
    const report = await reportOf(own(`${sandbox.token.slice(0, -4)}0000`));
    expect(report.exit.code).toBe(5);
    expect(stateOf(report)).toMatchObject({
      endpoints: 'ok',
      tls: 'ok',
      authentication: 'problem',
      version: 'skipped',
    });
  });

  it('an unknown certificate: 6, with the fingerprint to compare', async () => {
    const { PVEVM_FINGERPRINT: _pinned, ...env } = own();
    const report = await reportOf(env);
    expect(report.exit.code).toBe(6);
    expect(stateOf(report)).toMatchObject({ endpoints: 'ok', tls: 'problem', authentication: 'skipped' });
    expect(checkOf(report, 'tls')?.remedies?.join('\n')).toContain(sandbox.fingerprint);
  });

  it('nobody there: 6', async () => {
    const report = await reportOf({ ...own(), PVEVM_ENDPOINT: 'https://127.0.0.1:9' });
    expect(report.exit.code).toBe(6);
    expect(stateOf(report)).toMatchObject({ endpoints: 'problem', tls: 'skipped', authentication: 'skipped' });
  });
});

it('one of two endpoints that is down is a warning, and the rest is checked', async () => {
  const report = await reportOf({ ...own(), PVEVM_ENDPOINT: `https://127.0.0.1:9,${sandbox.endpoint}` });
  expect(report.exit.code).toBe(0);
  expect(stateOf(report)).toMatchObject({ endpoints: 'warning', authentication: 'ok', plan: 'ok' });
  expect(checkOf(report, 'endpoints')?.remedies?.[0]).toContain('https://127.0.0.1:9');
});

it('--insecure is a warning', async () => {
  const { PVEVM_FINGERPRINT: _pinned, ...env } = own();
  const report = await reportOf(env, ['--insecure']);
  expect(checkOf(report, 'tls')).toMatchObject({ state: 'warning', summary: 'the server is not verified at all' });
});

describe('privileges', () => {
  it('R-18: for a separated token that holds nothing, plan is a problem, and the commands it names grant all', async () => {
    const token = await tokenWith({}, 1);
    const report = await reportOf(own(token));
    expect(report.exit.code).toBe(5);
    expect(stateOf(report)).toMatchObject({
      authentication: 'ok',
      plan: 'problem',
      apply: 'warning',
      clock: 'skipped',
    });
    const commands = checkOf(report, 'plan')?.remedies?.map((line) => line.trim()) ?? [];
    const privs = /^pveum role add VMKeeper --privs "([^"]+)"$/m.exec(commands.join('\n'))?.[1] ?? '';
    expect(commands).toContain("pveum acl modify / --tokens 'anna@pve!tok' --roles VMKeeper");
    expect(commands).toContain("pveum acl modify / --users 'anna@pve' --roles VMKeeper");
    // What the commands do, done through the API.
    await root.post('/access/roles', { params: { roleid: 'VMKeeper', privs } });
    await root.put('/access/acl', {
      params: { path: '/', roles: 'VMKeeper', users: 'anna@pve', tokens: 'anna@pve!tok' },
    });
    const after = await reportOf(own(token));
    expect(after.exit.code).toBe(0);
    expect(stateOf(after)).toMatchObject({ plan: 'ok', apply: 'ok', clock: 'ok' });
    // It opens shells on the nodes: nobody should be talked into granting that.
    expect(privs).not.toContain('Sys.Console');
    expect(checkOf(after, 'apply')?.details).toEqual([
      'documents with ha or images or startup need more: see --verbose',
    ]);
    expect(privs.split(' ')).toEqual(expect.arrayContaining(['VM.Config.Cloudinit', 'VM.GuestAgent.Audit']));
  });

  it('R-18: what cloud-init and waiting for an address take is told of documents that may ask for them', async () => {
    const rules = { '/': 'VM.Audit,VM.Config.Network,Sys.Audit,Datastore.Audit' };
    const { privileges, checks } = await reportOf(own(await tokenWith(rules, 0)));
    const on = { command: 'apply', path: '/vms/{vmid}', state: 'missing' };
    expect(privileges).toContainEqual(
      expect.objectContaining({ ...on, privileges: ['VM.Config.Cloudinit'], onlyFor: 'cloudInit' }),
    );
    expect(privileges).toContainEqual(
      expect.objectContaining({
        ...on,
        privileges: ['VM.GuestAgent.Audit', 'VM.GuestAgent.Unrestricted'],
        onlyFor: 'waitFor',
      }),
    );
    const apply = checks.find(({ name }) => name === 'apply');
    expect(apply?.details?.join()).toMatch(/documents with .*cloudInit.* need more/);
  });

  it('what is granted to a token without privilege separation is granted to its user', async () => {
    const report = await reportOf(own(await tokenWith({ '/': 'VM.Audit,Sys.Audit' }, 0)));
    const remedies = checkOf(report, 'plan')?.remedies?.join('\n') ?? '';
    expect(remedies).toContain("--users 'anna@pve'");
    expect(remedies).not.toContain('--tokens');
  });

  it('a token for planning only is fine, with a warning about apply', async () => {
    const privs = 'VM.Audit,Sys.Audit,Datastore.Audit,Pool.Audit,SDN.Audit';
    const report = await reportOf(own(await tokenWith({ '/': privs }, 0)));
    expect(report.exit.code).toBe(0);
    expect(stateOf(report)).toMatchObject({ plan: 'ok', apply: 'warning' });
    expect(checkOf(report, 'plan')?.summary).toBe(
      'all 6 privileges that it needs are held (with --skip-privileges; without it, those of apply too)',
    );
    expect(checkOf(await reportOf(own()), 'plan')?.summary).toBe('all 6 privileges that it needs are held');
    expect(report.privileges.filter(({ state }) => state === 'missing')).toContainEqual(
      expect.objectContaining({ command: 'apply', path: '/vms/{vmid}', privileges: ['VM.Allocate'] }),
    );
  });

  it('a privilege on some pool only is said to be held there', async () => {
    await root.post('/pools', { params: { poolid: 'dev' } });
    const report = await reportOf(own(await tokenWith({ '/pool/dev': 'VM.Audit,VM.Allocate' }, 0)));
    const row = report.privileges.find(({ privileges }) => privileges[0] === 'VM.Allocate');
    expect(row).toMatchObject({ state: 'partly', heldOn: ['/pool/dev'] });
  });

  it('a privilege that does not propagate is not held on what lies below', async () => {
    const required = requiredPrivileges(await loadFacts('9.2'), await privilegesOfKinds());
    const rows = privilegeRows(
      required,
      decodePermissions('x', { '/': { 'Sys.Audit': 0 }, '/vms': { 'VM.Audit': 0 } }),
    );
    const find = (name: string, path: string) =>
      rows.find((row) => row.privileges[0] === name && row.path === path)?.state;
    expect(find('VM.Audit', '/vms/{vmid}')).toBe('missing');
    expect(find('Sys.Audit', '/')).toBe('held');
    expect(find('Sys.Audit', '/nodes/{node}')).toBe('missing');
  });

  it.each(['7.4', '8.4', '9.1', '9.2'] as const)(
    'Proxmox VE %s knows every privilege that is asked for',
    async (version) => {
      const facts = await loadFacts(version);
      const known = JSON.stringify(facts.endpoints.map(({ permissions }) => permissions ?? null));
      const names = new Set(
        requiredPrivileges(facts, await privilegesOfKinds()).flatMap(({ privileges }) => privileges),
      );
      // Checked in code only, and in no permission of the API.
      const inCode = ['SDN.Use', 'VM.Config.Cloudinit'];
      expect([...names]).toEqual(expect.arrayContaining(['VM.Migrate', 'VM.Clone', 'Datastore.AllocateTemplate']));
      expect(names.has('Sys.AccessNetwork')).toBe(version !== '7.4');
      for (const name of names) if (!inCode.includes(name)) expect(known).toContain(`"${name}"`);
      expect(names.has('SDN.Use')).toBe(version !== '7.4');
    },
  );

  it('a role that is there already is extended', () => {
    const required = [{ command: 'plan', path: '/', privileges: ['Sys.Audit'], uses: ['x'] }] as const;
    expect(grantCommands('a@pve', required, 'whole', true)).toEqual([
      'pveum role modify VMKeeper --append 1 --privs "Sys.Audit"',
      "pveum acl modify / --users 'a@pve' --roles VMKeeper",
    ]);
    expect(grantCommands('root@pam!t', required, 'separated', false)).toEqual([
      'pveum role add VMKeeper --privs "Sys.Audit"',
      "pveum acl modify / --tokens 'root@pam!t' --roles VMKeeper",
    ]);
  });
});

it.each([
  ['6.4-15', 'problem'],
  ['7.4-16', 'ok'],
  ['8.4.21', 'ok'],
  ['9.2.11', 'ok'],
  ['9.10.1', 'warning'],
  ['10.0.1', 'warning'],
])('version %s is %s', (version, state) => {
  expect(versionCheck(version).state).toBe(state);
});

describe('clocks', () => {
  const readerOf = (ahead: Readonly<Record<string, number>>): PveReader => ({
    get: async (path, options) => {
      if (path !== '/nodes/{node}/time') return root.get(path, options);
      return { time: 1_800_000_000 + (ahead[String(options?.path?.['node'])] ?? 0), localtime: 0, timezone: 'UTC' };
    },
  });
  const check = (ahead: Readonly<Record<string, number>>) =>
    clockCheck(createClusterView(root), readerOf(ahead), () => 1_800_000_000_000);

  it('a few seconds are fine', async () => {
    expect(await check({ pve2: 20 })).toMatchObject({ state: 'ok' });
  });

  it('one node that is six minutes ahead is a warning that names it', async () => {
    const { state, details, summary } = await check({ pve2: 360 });
    expect(state).toBe('warning');
    expect(summary).toContain('the clocks of the nodes differ by 360 s');
    expect(details).toEqual(['pve1: agrees', 'pve2: 360 s ahead', 'pve3: agrees']);
  });

  it('this machine may be the one that is wrong', async () => {
    const { state, summary } = await check({ pve1: -600, pve2: -600, pve3: -600 });
    expect(state).toBe('warning');
    expect(summary).toContain("differ from this machine's by 600 s");
  });
});

describe('certificates and endpoints', () => {
  const NOW = Date.parse('2026-06-01T00:00:00Z');
  const reached = (endpoint: string, validTo?: string): ReachedEndpoint => ({
    ...{ endpoint, milliseconds: 7 },
    certificate:
      validTo === undefined
        ? undefined
        : {
            ...{ fingerprint: 'AA:BB', subject: 'CN=pve1', issuer: 'CN=ca', names: [], selfSigned: false },
            ...{ validFrom: '2026-01-01T00:00:00.000Z', validTo },
          },
  });

  it.each([
    ['2027-06-01T00:00:00.000Z', 'ok', 'valid until 2027-06-01 (365 days)'],
    ['2026-06-20T00:00:00.000Z', 'warning', 'valid until 2026-06-20 (19 days)'],
    ['2026-05-01T00:00:00.000Z', 'warning', 'expired on 2026-05-01'],
  ])('a certificate that ends at %s is %s', (validTo, state, text) => {
    const check = tlsCheck([reached('https://pve1:8006', validTo)], { fingerprints: ['AA:BB'] }, NOW);
    expect(check.state).toBe(state);
    expect(check.details?.join()).toContain(text);
  });

  it('no endpoint that answers is a problem', () => {
    expect(endpointsCheck([reached('https://pve1:8006')])).toMatchObject({ state: 'problem', code: 'CONNECT' });
  });

  it('a proxy is shown without its password, and NO_PROXY is heeded', () => {
    const https = 'http://user:pr0xy-pass@proxy:3128';
    expect(proxyCheck(['https://pve1:8006'], { https }).summary).toBe('through http://proxy:3128');
    expect(proxyCheck(['https://pve1:8006'], { https, noProxy: 'pve1' }).summary).toMatch(/^none/);
  });
});

describe('--bundle', () => {
  it('R-48: holds no host, user or secret, and only its owner can read it', async () => {
    const token = await tokenWith({}, 1);
    const run = await doctor(['--bundle', 'found.json'], own(token));
    const file = join(home.path, 'found.json');
    const text = readFileSync(file, 'utf8');
    expect(run.stderr).toContain('found.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const bundle = JSON.parse(text) as Record<string, unknown>;
    expect(bundle).toMatchObject({
      formatVersion: '1.0',
      cluster: { nodeCount: 3 },
      machine: { node: process.version },
    });
    for (const hidden of ['127.0.0.1', 'anna', 'pve1', home.path, token.split('=')[1] ?? '']) {
      expect(text).not.toContain(hidden);
    }
    expect(text).toContain('user-1');
    expect(text).toContain('host-1');
  });

  it('R-48: holds no name that an error shows: of realms, authorities, proxies, nodes, pools, nor an address', () => {
    const texts = [
      'cannot log in as anna@corp-ad: authentication failure',
      'There is no realm corp-ad. This server knows the realms acme.ldap, pam, pve.',
      'its authority is CN=Proxmox Virtual Environment, OU=0c0ffee0',
      'Use a name that it is for, in place of 192.0.2.7: pve9.lab.example.test, 2001:db8::7.',
      'through http://proxy.corp.test:3128',
      'connect ECONNREFUSED 198.51.100.4:8006',
      "cannot read /nodes/secretnode/time: hostname lookup 'secretnode' failed",
      'held on /pool/acme/dev, /storage/acme-nfs and /storage/{storage}',
      'homecluster, 3 nodes; Proxmox VE 9.2.11 at 12:30:10',
      'from context pve9 (~/.config/pvevm/config.yaml)',
    ];
    const candidate = {
      source: { family: 'context', label: 'context pve9 (~/.config/pvevm/config.yaml)', names: ['token'] },
      state: 'used',
      missing: [],
    } as const;
    const text = bundleText(
      {
        report: { checks: [{ name: 'tls', state: 'problem', summary: '', details: texts }], privileges: [] },
        candidates: [candidate],
        cluster: { name: 'homecluster', nodes: [] },
        ...{ endpoints: ['https://192.0.2.7:8006'], user: undefined },
        names: {
          hosts: ['proxy.corp.test', 'pve9.lab.example.test', '2001:db8::7'],
          authorities: ['CN=Proxmox Virtual Environment, OU=0c0ffee0'],
        },
      },
      { pvevm: '0.0.0', node: 'v20', platform: 'linux' },
      undefined,
    );
    for (const hidden of [
      'corp',
      'acme',
      '0c0ffee0',
      '192.0',
      '198.51',
      '2001:',
      'lab.',
      'secretnode',
      'homecl',
      'pve9',
    ]) {
      expect(text).not.toContain(hidden);
    }
    for (const kept of ['realms realm-2, pam, pve', '9.2.11 at 12:30:10', '/storage/{storage}', '~/.config/pvevm']) {
      expect(text).toContain(kept);
    }
  });

  it('replaces no file without --yes', async () => {
    writeFileSync(join(home.path, 'found.json'), 'mine');
    const refused = await doctor(['--bundle', 'found.json'], own());
    expect(refused.code).toBe(4);
    expect(readFileSync(join(home.path, 'found.json'), 'utf8')).toBe('mine');
    expect((await doctor(['--bundle', 'found.json', '-y'], own())).code).toBe(0);
    expect(readFileSync(join(home.path, 'found.json'), 'utf8')).toContain('"checks"');
    expect(existsSync(join(home.path, 'found.json'))).toBe(true);
  });
});

it('R-50: what a server says reaches the terminal without its control sequences', () => {
  const checks = [{ name: 'cluster', state: 'ok', summary: '\u001b[31mevil', details: ['\u0007ding'] }] as const;
  const text = formatDoctor({ checks, privileges: [] }, createTheme(false), false);
  expect(text).toContain('\\x1b[31mevil');
  expect(text).toContain('\\x07ding');
});

it('skipped checks for one reason share a line', () => {
  const skipped = (name: string, summary: string) => ({ name, state: 'skipped', summary }) as const;
  const checks = [skipped('tls', 'a'), skipped('version', 'b'), skipped('clock', 'b'), skipped('plan', 'b')];
  const text = formatDoctor({ checks, privileges: [] }, createTheme(false), false);
  expect(text).toBe('skipped  tls      a\nskipped  version  and clock, plan: b\n\n4 skipped.\n');
});
