import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../src/sandbox/virtual-clock.ts';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, createByHand, guestIds } from '../requirements/guests.ts';
import { runCli } from '../run-cli.ts';

let folder = '';
let program = '';

beforeAll(async () => {
  folder = mkdtempSync(join(import.meta.dirname, '../../node_modules/.up-test-'));
  await build({
    entryPoints: [join(import.meta.dirname, '../../src/bin.ts')],
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.19', outdir: folder },
    logLevel: 'error',
    banner: { js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);" },
  });
  program = join(folder, 'bin.js');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let cwd = '';
let clock: VirtualClock;
let harness: Harness;
let env: Record<string, string> = {};
const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
const CI = 'kind: vm\nname: ci-01\nnode: pve1\nha: false\npower: running\n';

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  clock = createVirtualClock(Date.parse('2026-08-01T08:00:10Z'));
  harness = await startHarness({ clock, taskTimeMs: 0 });
  const { endpoint, token, ca } = harness.sandbox;
  write('ca.pem', ca);
  write('ci.yaml', CI);
  env = { PVEVM_ENDPOINT: endpoint, PVEVM_TOKEN: token, PVEVM_CA: join(cwd, 'ca.pem') };
});
afterEach(async () => {
  await harness.close();
  rmSync(cwd, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the program as a process of its own. */
function start(argv: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [program, ...argv], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  child.stdout?.on('data', (data) => {
    written.stdout += String(data);
  });
  child.stderr?.on('data', (data) => {
    written.stderr += String(data);
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...written }) as Ended);
  return { child, ended };
}

const up = (...argv: readonly string[]): Promise<Ended> => start(['up', ...argv]).ended;

/** Waits for a file that the command writes. */
async function seen(name: string): Promise<string> {
  const path = join(cwd, name);
  for (let look = 0; look < 400 && !existsSync(path); look += 1) await new Promise((done) => setTimeout(done, 25));
  return readFileSync(path, 'utf8');
}

const SLEEPS = [
  '--',
  'sh',
  '-c',
  'trap "echo told > told; exit 7" TERM INT; echo $$ > began; while :; do sleep 0.05; done',
];

it('the command has the guests’ addresses, and standard output to itself; its exit code is that of up; they are gone then', async () => {
  write('b.yaml', `${CI.replace('ci-01', 'ci.b')}vmid: 300\n`);
  const print = 'env | grep ^PVEVM_VM_ | sort; cat "$PVEVM_OUTPUT" > output.json; exit 5';
  const { code, stdout, stderr } = await up('ci.yaml', 'b.yaml', '--', 'sh', '-c', print);
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^PVEVM_VM_CI_01_ADDRESS=192\.0\.2\.\d+$/),
    'PVEVM_VM_CI_01_NODE=pve1',
    'PVEVM_VM_CI_01_VMID=101',
    expect.stringMatching(/^PVEVM_VM_CI_B_ADDRESS=192\.0\.2\.\d+$/),
    'PVEVM_VM_CI_B_NODE=pve1',
    'PVEVM_VM_CI_B_VMID=300',
    '',
  ]);
  expect(code).toBe(5);
  expect(stderr).toContain('2 destroyed');
  expect(JSON.parse(readFileSync(join(cwd, 'output.json'), 'utf8'))).toMatchObject({
    resources: [{ address: 'vm/ci-01', state: 'running' }, { address: 'vm/ci.b' }],
  });
  expect(await guestIds(harness)).toEqual([]);
  const made = harness.writes().filter(({ path, method }) => method === 'POST' && path.endsWith('/qemu'));
  // Made side by side, in whichever order.
  expect(made.map(({ params }) => (params as { description: string }).description).sort()).toEqual([
    'pvevm:-:vm/ci-01:101 until 2026-08-01T09:01Z',
    'pvevm:-:vm/ci.b:300 until 2026-08-01T09:01Z',
  ]);
});

it('R-5: guests that were there before stay, as they are, without an end', async () => {
  await harness.apply(CI);
  const before = await configOf(harness, 101);
  write('b.yaml', CI.replace('ci-01', 'ci-02'));
  const { code, stdout } = await up(
    'ci.yaml',
    'b.yaml',
    '--',
    'sh',
    '-c',
    'echo $PVEVM_VM_CI_01_VMID $PVEVM_VM_CI_02_VMID',
  );
  expect([code, stdout]).toEqual([0, '101 102\n']);
  expect(await guestIds(harness)).toEqual([101]);
  expect(await configOf(harness, 101)).toEqual(before);
});

it('a change of a guest that is there is asked about: without a terminal nothing is done', async () => {
  await harness.apply(CI);
  write('ci.yaml', `${CI}description: changed\n`);
  const asked = await up('ci.yaml', '--', 'true');
  expect(asked.code).toBe(4);
  expect((await up('ci.yaml', '-y', '--', 'true')).code).toBe(0);
  expect((await configOf(harness, 101))['description']).toContain('changed');
});

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s is handed on to the command, and the guests go when it ends',
  async (signal) => {
    const { child, ended } = start(['up', 'ci.yaml', ...SLEEPS]);
    await seen('began');
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 7, signal: null });
    expect(await seen('told')).toBe('told\n');
    expect(await guestIds(harness)).toEqual([]);
  },
);

it('a signal while addresses are waited for ends the run, and the guests go', async () => {
  const quiet = { status: 500, message: 'QEMU guest agent is not running' };
  harness.sandbox.failNext({ method: 'GET', path: '/nodes/pve1/qemu/101/agent/*', times: 100_000, ...quiet });
  const { child, ended } = start(['up', 'ci.yaml', '--', 'touch', 'ran']);
  child.stderr?.on('data', (data) => {
    if (String(data).includes('Waiting for the addresses of vm/ci-01')) child.kill('SIGTERM');
  });
  expect(await ended).toMatchObject({ code: 143 });
  expect(existsSync(join(cwd, 'ran'))).toBe(false);
  expect(await guestIds(harness)).toEqual([]);
});

it('R-28: a signal while guests are created ends the run with 143, and those that are there go', async () => {
  write('ci.yaml', `${CI}instances: 12\n`);
  const { child, ended } = start(['up', 'ci.yaml', '--parallelism', '1', '--', 'touch', 'ran']);
  child.stderr?.on('data', (data) => {
    if (/vm\/ci-01-02 +create/.test(String(data))) child.kill('SIGTERM');
  });
  const { code, stderr } = await ended;
  expect(code).toBe(143);
  expect(stderr).toContain('Interrupted: what runs is finished');
  expect(existsSync(join(cwd, 'ran'))).toBe(false);
  expect(await guestIds(harness)).toEqual([]);
});

it('guests without an address in time fail the run with 6; with --no-wait the command runs without', async () => {
  const quiet = { status: 500, message: 'QEMU guest agent is not running' };
  harness.sandbox.failNext({ method: 'GET', path: '/nodes/pve1/qemu/101/agent/*', times: 100_000, ...quiet });
  const late = await up('ci.yaml', '--wait', '50ms', '--', 'touch', 'ran');
  expect(late.code).toBe(6);
  expect(late.stderr).toContain('no address of vm/ci-01 is known');
  expect(existsSync(join(cwd, 'ran'))).toBe(false);
  expect(await guestIds(harness)).toEqual([]);
  const print = 'echo "${PVEVM_VM_CI_01_ADDRESS-none}"';
  expect(await up('ci.yaml', '--no-wait', '--', 'sh', '-c', print)).toMatchObject({ code: 0, stdout: 'none\n' });
});

it('R-22: where the apply fails half way, what it has created goes, and the command is not run', async () => {
  write('b.yaml', CI.replace('ci-01', 'ci-02'));
  const start = { method: 'POST', path: '/nodes/pve1/qemu/*/status/start' } as const;
  harness.sandbox.failNext({ ...start, status: 500, message: 'no' });
  const { code } = await up('ci.yaml', 'b.yaml', '--', 'touch', 'ran');
  expect(code).toBe(8);
  expect(existsSync(join(cwd, 'ran'))).toBe(false);
  expect(await guestIds(harness)).toEqual([]);
});

it('--keep leaves the guests, --keep-on-failure only where something failed', async () => {
  const kept = await up('ci.yaml', '--keep', '--', 'true');
  expect([kept.code, await guestIds(harness)]).toEqual([0, [101]]);
  expect(kept.stderr).toContain('Kept: vm/ci-01 (101)');
  write('ci.yaml', CI.replace('ci-01', 'ci-02'));
  expect((await up('ci.yaml', '--keep-on-failure', '--', 'true')).code).toBe(0);
  expect(await guestIds(harness)).toEqual([101]);
  expect((await up('ci.yaml', '--keep-on-failure', '--', 'false')).code).toBe(1);
  expect(await guestIds(harness)).toEqual([101, 102]);
});

it('R-23: what a killed run leaves, reap destroys once its time is over, and nothing before', async () => {
  write('pvevm.yaml', 'kind: project\nstack: ci\n');
  await createByHand(harness, 300, { name: 'other' });
  const { child, ended } = start(['up', 'ci.yaml', '--ttl', '2h', ...SLEEPS]);
  const shell = Number(await seen('began'));
  child.kill('SIGKILL');
  // The command outlives its parent, whose output it holds.
  process.kill(shell, 'SIGTERM');
  expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' });
  expect(await guestIds(harness)).toEqual([101, 300]);
  await clock.advance(7_190_000);
  const early = await runCli(['reap', '-y'], { cwd, env });
  expect([early.code, early.stdout]).toEqual([
    0,
    'Nothing to destroy: there is no guest of stack ci whose time is over and that can go.\n',
  ]);
  await clock.advance(60_000);
  const { code, stdout } = await runCli(['reap', '-y', '--stack', 'ci'], { cwd: folder, env });
  expect(stdout).toContain('its time was over at 2026-08-01T10:01Z');
  expect(code).toBe(0);
  expect(await guestIds(harness)).toEqual([300]);
});

it('a guest that the command made anew under the same id is left, with a warning', async () => {
  const { child, ended } = start(['up', 'ci.yaml', ...SLEEPS]);
  await seen('began');
  await harness.pve.post('/nodes/pve1/qemu/101/status/stop');
  await harness.sandbox.settled();
  await harness.pve.delete('/nodes/pve1/qemu/101');
  await harness.sandbox.settled();
  await createByHand(harness, 101, { name: 'ci-01', description: 'pvevm:-:vm/ci-01:101', tags: 'pvevm' });
  child.kill('SIGTERM');
  const { stderr } = await ended;
  expect(stderr).toContain('vm/ci-01 is left: guest 101 is another one');
  expect(await guestIds(harness)).toEqual([101]);
});

it('a protected guest is left, and the run says so with 8', async () => {
  write('ci.yaml', `${CI}protection: true\n`);
  const { code, stderr } = await up('ci.yaml', '--', 'true');
  expect(code).toBe(8);
  expect(stderr).toContain('the guest is protected');
  expect(await guestIds(harness)).toEqual([101]);
});

it('a program that is not there is 127, as shells say it', async () => {
  const { code, stderr } = await up('ci.yaml', '--', './no-such-program');
  expect(code).toBe(127);
  expect(stderr).toContain('cannot run ./no-such-program: there is no such program');
  expect(await guestIds(harness)).toEqual([]);
});

it('a command line that makes no sense is refused before anything is contacted', async () => {
  const refused = async (argv: readonly string[], why: string, files: Readonly<Record<string, string>> = {}) => {
    const { code, stderr } = await runCli(['up', ...argv], { files: { 'ci.yaml': CI, ...files } });
    expect([argv, code]).toEqual([argv, 3]);
    expect(stderr).toContain(why);
  };
  await refused(['ci.yaml'], 'cannot run up without a command');
  await refused(['ci.yaml', '--'], 'cannot run up without a command');
  await refused(['ci.yaml', '--events', '--', 'true'], 'cannot print --events');
  await refused(['ci.yaml', '--keep', '--keep-on-failure', '--', 'true'], 'cannot use both');
  await refused(['ci.yaml', '--ttl', '5', '--', 'true'], 'It is a lifetime');
  await refused(['.', '--', 'true'], 'the variables of both are PVEVM_VM_CI_01_', {
    'b.yaml': CI.replace('ci-01', 'ci.01'),
  });
});

it('the example for CI systems makes a guest, tests it, and leaves nothing', async () => {
  const script = join(import.meta.dirname, '../../examples/ci/ephemeral.sh');
  // As the pages say: documents of test machines lie in ci/.
  mkdirSync(join(cwd, 'ci'));
  copyFileSync(join(import.meta.dirname, '../../examples/ci-runner.yaml'), join(cwd, 'ci/ci-runner.yaml'));
  const child = spawn('sh', [script, '--sandbox'], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', PVEVM: `${process.execPath} ${program}` },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.on('data', (data) => {
    stdout += String(data);
  });
  const [code] = await once(child, 'close');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^testing guest 101 at 192\.0\.2\.\d+\n$/)]);
  const left = await runCli(
    ['status', '--sandbox', '--json', join(import.meta.dirname, '../../examples/ci-runner.yaml')],
    { cwd },
  );
  expect(JSON.parse(left.stdout)).toMatchObject({ resources: [{ state: 'absent' }] });
});
