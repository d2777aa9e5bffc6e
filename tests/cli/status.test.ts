import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EndSignal } from '../../src/cli/io.ts';
import type { ResourceStatus, Status } from '../../src/engine/status.ts';
import { createPveClient } from '../../src/pve/client.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';
import { type CliRun, type CliWorld, runCli } from '../run-cli.ts';

// The first run loads the program, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const QEMU = '/nodes/pve1/qemu';
let cwd = '';
let sandbox: Sandbox;
let pve: PveClient;
let env: Readonly<Record<string, string>> = {};

async function start(options: Partial<SandboxOptions> = {}): Promise<void> {
  sandbox = await startSandbox({ taskTimeMs: 1, seed: 1, ...options });
  const { endpoint, token, ca, fingerprint } = sandbox;
  env = { PVEVM_ENDPOINT: endpoint, PVEVM_TOKEN: token, PVEVM_FINGERPRINT: fingerprint };
  pve = createPveClient({ endpoint, credentials: { type: 'token', token }, trust: { ca } });
}

async function stop(): Promise<void> {
  await pve.close();
  await sandbox.close();
}

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  write('web.yaml', WEB);
  await start();
});

afterEach(async () => {
  await stop();
  rmSync(cwd, { recursive: true, force: true });
});

const write = (file: string, text: string): void => writeFileSync(join(cwd, file), text);
const run = (argv: readonly string[], world: CliWorld = {}): Promise<CliRun> => runCli(argv, { cwd, env, ...world });

async function apply(): Promise<void> {
  const { code, stderr } = await run(['apply', '-y']);
  if (code !== 0) throw new Error(stderr);
  await sandbox.settled();
}

async function post(path: string, params: Record<string, string | number> = {}): Promise<void> {
  await pve.post(path, { params });
  await sandbox.settled();
}

type StatusOutput = Status & { readonly exit: { readonly code: number; readonly name: string } };

async function statusOf(...argv: readonly string[]): Promise<StatusOutput> {
  return JSON.parse((await run(['status', '--json', ...argv])).stdout);
}

async function guest(): Promise<ResourceStatus | undefined> {
  return (await statusOf()).resources[0];
}

describe('a row', () => {
  it('tells a guest that is not there from one that is', async () => {
    const { code, stdout, stderr } = await run(['status']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'RESOURCE   ID  STATE   DRIFT',
      'vm/web-01  -   absent  -',
      '',
      '0 present, 1 absent, 0 with drift.',
      '',
    ]);
    await apply();
    expect((await run(['status'])).stdout.split('\n').slice(0, 2)).toEqual([
      'RESOURCE   ID   NODE  STATE    PENDING  DRIFT  OWNER',
      'vm/web-01  101  pve1  stopped  0        0      own',
    ]);
  });

  it('shows power, uptime, and the addresses that the agent tells', async () => {
    write('web.yaml', `${WEB}cloudInit: { addresses: { net0: { ipv4: 10.0.0.5/24, gateway4: 10.0.0.1 } } }\n`);
    await apply();
    await post(`${QEMU}/101/status/start`);
    expect(await guest()).toMatchObject({
      ...{ state: 'running', agent: 'answers', uptime: expect.any(Number) },
      addresses: [{ address: '10.0.0.5', interface: 'ens18', device: 'net0' }],
    });
    await post(`${QEMU}/101/status/suspend`);
    expect(await guest()).toMatchObject({ state: 'paused' });
  });

  it('asks no agent that is off, and none of a guest that does not run', async () => {
    await apply();
    await statusOf();
    await post(`${QEMU}/101/config`, { agent: '0' });
    await post(`${QEMU}/101/status/start`);
    expect(await guest()).toMatchObject({ agent: null, addresses: [], drift: ['system.agent.enabled'] });
    expect(sandbox.requests.filter(({ path }) => path.includes('/agent/'))).toEqual([]);
  });

  it('says that an agent is silent, and fails at nothing for it', async () => {
    await apply();
    await post(`${QEMU}/101/status/start`);
    sandbox.failNext({
      method: 'GET',
      path: /network-get-interfaces/,
      status: 500,
      message: 'QEMU guest agent is not running',
    });
    const { code, stdout } = await run(['status']);
    expect({ code, silent: stdout.includes('(agent silent)') }).toEqual({ code: 0, silent: true });
  });

  it('counts what waits for a restart, and what a plan would change', async () => {
    await apply();
    await post(`${QEMU}/101/status/start`);
    await post(`${QEMU}/101/config`, { cores: 4, onboot: 1 });
    const status = await statusOf('--exit-code');
    expect(status.resources[0]).toMatchObject({ pending: ['cores'], drift: ['onBoot', 'cpu.cores'].sort().reverse() });
    expect(status.summary).toEqual({ present: 1, absent: 0, unknown: 0, drifted: 1, pending: 1 });
    const plan = JSON.parse((await run(['plan', '--json'])).stdout) as { resources: { changes: { path: string }[] }[] };
    expect(plan.resources[0]?.changes.map(({ path }) => path)).toEqual(status.resources[0]?.drift);
    const text = await run(['status', '--verbose']);
    expect(text.stdout).toContain('  pending: cores\n');
  });

  it('names the lock that a guest holds, and what high availability says of it', async () => {
    await apply();
    await post(`${QEMU}/101/status/start`);
    await post(`${QEMU}/101/status/suspend`, { todisk: 1 });
    expect(await guest()).toMatchObject({ state: 'suspended', lock: 'suspended', ha: null, uptime: null });
    await post(`${QEMU}/101/status/start`);
    await pve.post('/cluster/ha/resources', { params: { sid: 'vm:101', state: 'started' } });
    expect(await guest()).toMatchObject({ state: 'running', lock: null, ha: 'started' });
    expect((await run(['status', '--wide'])).stdout).toMatch(/^RESOURCE .* HA .*\nvm\/web-01 .* started /);
  });

  it('says whose a guest is: nobody’s, or another stack’s', async () => {
    const known = { memory: 2048, cores: 2 };
    await post(QEMU, { vmid: 301, name: 'a', ...known });
    await post(QEMU, { vmid: 302, name: 'b', description: 'pvevm:lab:vm/b:302', ...known });
    const document = (vmid: number, name: string): string =>
      `kind: vm\nname: ${name}\nvmid: ${vmid}\ndefaults: none\nmemory: { size: 2GiB }\n`;
    write('web.yaml', [document(301, 'a'), document(302, 'b')].join('---\n'));
    const { resources } = await statusOf();
    expect(resources.map(({ owner, stack, drift }) => ({ owner, stack, drift }))).toEqual([
      { owner: 'foreign', stack: null, drift: [] },
      { owner: 'other-stack', stack: 'lab', drift: [] },
    ]);
    expect((await run(['status'])).stdout).toMatch(/^vm\/b .* stack lab$/m);
  });

  it('calls the left-over of a create a stub, and says what to do about it', async () => {
    mkdirSync(join(sandbox.directory, 'nodes/pve1/qemu-server'), { recursive: true });
    writeFileSync(join(sandbox.directory, 'nodes/pve1/qemu-server/303.conf'), 'lock: create\n');
    sandbox.reload();
    write('web.yaml', `${WEB}vmid: 303\n`);
    const { resources, exit } = await statusOf();
    expect(resources[0]).toMatchObject({ state: 'unknown', owner: 'stub' });
    expect(exit.code).toBe(7);
  });

  it('is unknown, with the reason and its exit code, where a name is somebody else’s', async () => {
    await post(QEMU, { vmid: 301, name: 'web-01' });
    const { code, stdout, stderr } = await run(['status']);
    expect(code).toBe(7);
    expect(stdout).toMatch(/^vm\/web-01 +- +unknown +- +foreign$/m);
    expect(stderr).toContain('a guest of that name exists');
  });

  it('tells an image from one that is not there, with its size', async () => {
    write(
      'web.yaml',
      'kind: image\nname: debian\nstorage: local\nnode: pve1\nurl: https://example.test/debian-13.iso\nfilename: debian-13.iso\n',
    );
    const { resources } = await statusOf();
    expect(resources[0]).toMatchObject({ state: 'present', vmid: null, identity: 'local:iso/debian-13.iso' });
    expect(resources[0]?.size).toBeGreaterThan(0);
    write('web.yaml', 'kind: image\nname: other\nstorage: local\nnode: pve1\nurl: https://example.test/other.iso\n');
    expect((await statusOf()).resources[0]).toMatchObject({ state: 'absent' });
  });
});

describe('a token without the privilege to ask agents', () => {
  it('gets rows without addresses, and is told so once', async () => {
    write('web.yaml', `${WEB}instances: 2\n`);
    await apply();
    for (const vmid of [101, 102]) await post(`${QEMU}/${vmid}/status/start`);
    const privs = 'VM.Audit,Sys.Audit,Datastore.Audit,Pool.Audit,SDN.Audit';
    await pve.post('/access/roles', { params: { roleid: 'reader', privs } });
    await pve.post('/access/users', { params: { userid: 'ro@pve' } });
    await pve.put('/access/acl', { params: { path: '/', users: 'ro@pve', roles: 'reader' } });
    const made = (await pve.post('/access/users/ro@pve/token/look', { params: { privsep: 0 } })) as { value: string };
    env = { ...env, PVEVM_TOKEN: `ro@pve!look=${made.value}` };
    const { code, stdout, stderr } = await run(['status']);
    expect({ code, hasAddress: stdout.includes('ADDRESS') }).toEqual({ code: 0, hasAddress: false });
    expect(stderr.match(/addresses are not shown/g)).toHaveLength(1);
    expect(stderr).toContain('needs VM.GuestAgent.Audit or VM.GuestAgent.Unrestricted on /vms, which ro@pve!look');
    expect(sandbox.requests.filter(({ path }) => path.includes('/agent/'))).toEqual([]);
  });
});

it('shows a part of the documents with --only', async () => {
  write('web.yaml', `${WEB}---\n${WEB.replace('web-01', 'web-02')}`);
  expect((await statusOf('--only', 'vm/web-02')).resources.map(({ address }) => address)).toEqual(['vm/web-02']);
});

describe('--exit-code', () => {
  it('is 2 where something is absent or differs, and 0 where all agrees', async () => {
    expect((await run(['status', '--exit-code'])).code).toBe(2);
    await apply();
    expect((await run(['status', '--exit-code'])).code).toBe(0);
    await post(`${QEMU}/101/config`, { cores: 4 });
    expect((await run(['status', '--exit-code'])).code).toBe(2);
    expect((await run(['status'])).code).toBe(0);
    expect((await statusOf('--exit-code')).exit).toEqual({ code: 2, name: 'changes' });
  });
});

describe('--watch', () => {
  it('looks again until a signal comes, and ends with 130', async () => {
    let send: ((signal: EndSignal) => void) | undefined;
    const signals = {
      listen: (handler: (signal: EndSignal) => void) => {
        send = handler;
        return () => undefined;
      },
      obey: () => undefined,
    };
    const running = run(['status', '--watch=0.02'], { signals });
    while (sandbox.requests.filter(({ path }) => path === '/cluster/resources').length < 3)
      await new Promise((resolve) => setImmediate(resolve));
    send?.('SIGINT');
    const { code, stdout } = await running;
    expect(code).toBe(130);
    expect(stdout.match(/^RESOURCE/gm)?.length).toBeGreaterThan(1);
    expect(stdout).not.toContain('\u001b');
  });

  it('is no JSON document, and takes only seconds', async () => {
    expect((await run(['status', '--watch', '--json'])).code).toBe(3);
    expect((await run(['status', '--watch=soon'])).code).toBe(3);
  });
});

describe('what it costs', () => {
  it('is a bounded number of requests, and no write', async () => {
    write('web.yaml', `${WEB}instances: 5\n`);
    await apply();
    for (const vmid of [101, 102, 103, 104, 105]) await pve.post(`${QEMU}/${vmid}/status/start`);
    await sandbox.settled();
    const before = sandbox.requests.length;
    await statusOf();
    const sent = sandbox.requests.slice(before);
    expect(sent.filter(({ method }) => method !== 'GET')).toEqual([]);
    // One config and one agent a guest; lists of three nodes, one of them in full; and what all share.
    expect(sent.length).toBeLessThanOrEqual(2 * 5 + 3 + 1 + 10);
  });
});
