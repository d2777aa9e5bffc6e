import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../src/sandbox/virtual-clock.ts';
import { type Harness, startHarness } from '../harness.ts';
import { guestIds, setByHand } from '../requirements/guests.ts';
import { type CliRun, runCli } from '../run-cli.ts';

let cwd = '';
let clock: VirtualClock;
let harness: Harness;
let env: Record<string, string> = {};
const run = (...argv: readonly string[]): Promise<CliRun> => runCli(argv, { cwd, env });
const CI = { project: 'kind: project\nstack: ci\n' };
const vm = (name: string, ttl: string): string => `kind: vm\nname: ${name}\nha: false\nttl: ${ttl}\n`;

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  clock = createVirtualClock(Date.parse('2026-08-01T08:00:00Z'));
  harness = await startHarness({ clock, taskTimeMs: 0 });
  const { endpoint, token, ca } = harness.sandbox;
  writeFileSync(join(cwd, 'ca.pem'), ca);
  env = { PVEVM_ENDPOINT: endpoint, PVEVM_TOKEN: token, PVEVM_CA: join(cwd, 'ca.pem') };
  await harness.apply(`${vm('one', '1h')}---\n${vm('two', '1h')}power: running\n---\n${vm('three', '3h')}`, CI);
  await clock.advance(7_200_000);
  harness.writes();
});
afterEach(async () => {
  await harness.close();
  rmSync(cwd, { recursive: true, force: true });
});

it('R-5: reap shows what is over with every volume, and needs -y where nobody can be asked', async () => {
  const dry = await run('reap', '--stack', 'ci', '--dry-run');
  expect(dry.code).toBe(0);
  expect(dry.stdout).toMatch(/- vm\/one +101 on pve\d, its time was over at 2026-08-01T09:00Z/);
  expect(dry.stdout).toContain('scsi0     ceph-pool:vm-101-disk-1, 32 GiB');
  expect(dry.stdout).toContain('0 to change, 2 to destroy');
  expect(dry.stdout).not.toMatch(/<reap>|:1$/m);
  const asked = await run('reap', '--stack', 'ci');
  expect(asked.code).toBe(4);
  expect([harness.writes(), await guestIds(harness)]).toEqual([[], [101, 102, 103]]);
  const done = await run('reap', '--stack', 'ci', '-y');
  expect([done.code, await guestIds(harness)]).toEqual([0, [103]]);
  expect(harness.writes().map(({ method, path }) => `${method} ${path}`)).toContainEqual(
    expect.stringMatching(/^POST \/nodes\/pve\d\/qemu\/102\/status\/shutdown$/),
  );
});

it('the stack is that of the project here, unless another is named; without one, guests without a stack', async () => {
  const nothing = 'Nothing to destroy: there is no guest without a stack whose time is over and that can go.\n';
  expect(await run('reap', '-y')).toMatchObject({ code: 0, stdout: nothing });
  writeFileSync(join(cwd, 'pvevm.yaml'), CI.project);
  const { code, stdout } = await run('reap', '--json', '-y');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ exit: { name: 'ok' }, plan: { stack: 'ci', summary: { destroy: 2 } } });
  expect(await guestIds(harness)).toEqual([103]);
});

it('a stack that is none, and a project without marks, are refused', async () => {
  expect((await run('reap', '--stack', 'Not One')).code).toBe(3);
  writeFileSync(join(cwd, 'pvevm.yaml'), 'kind: project\nmark: none\n');
  const { code, stderr } = await run('reap');
  expect(code).toBe(3);
  expect(stderr).toContain('pvevm.yaml says mark: none');
});

it('what is protected is left with a warning, and the others go', async () => {
  await setByHand(harness, 101, { protection: 1 });
  const { code, stderr } = await run('reap', '--stack', 'ci', '-y');
  expect([code, await guestIds(harness)]).toEqual([0, [101, 103]]);
  expect(stderr).toMatch(/^warning: .*the guest is protected/m);
});

it('R-21: a token that may not destroy is refused before anything is done', async () => {
  await harness.pve.post('/access/users', { params: { userid: 'reader@pve' } });
  await harness.pve.put('/access/acl', { params: { path: '/', users: 'reader@pve', roles: 'PVEAuditor' } });
  const made = (await harness.pve.post('/access/users/reader@pve/token/reap', { params: { privsep: 0 } })) as {
    value: string;
  };
  harness.writes();
  env = { ...env, PVEVM_TOKEN: `reader@pve!reap=${made.value}` };
  const { code, stderr } = await run('reap', '--stack', 'ci', '-y');
  expect(code).toBe(5);
  expect(stderr).toContain('VM.Allocate');
  expect(harness.writes()).toEqual([]);
});
