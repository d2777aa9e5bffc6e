import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configOf } from '../requirements/guests.ts';
import { until, useWorld } from './ends/child.ts';

const world = useWorld(200);
const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const CREATE = 'POST /nodes/pve1/qemu';

const writes = (): readonly string[] => world.harness.writes().map(({ method, path }) => `${method} ${path}`);
const creating = (): Promise<void> =>
  until(() => world.harness.sandbox.guestConfig(101)?.includes('lock: create') === true);
/** The exit code that a line of a shell has written. */
const exitIn = (stderr: string): string | undefined => /^exit (\d+)$/m.exec(stderr)?.[1];

/** Nothing but what was begun was done, and it was done to its end. */
async function expectSafePoint(): Promise<void> {
  expect(writes()).toEqual([CREATE]);
  expect(await configOf(world.harness, 101)).not.toHaveProperty('lock');
}

describe('R-28: a reader that goes away', () => {
  it('ends a plan quietly, with its usual exit code', async () => {
    world.write('vm.yaml', WEB);
    const line = '{ "$NODE" "$PVEVM" plan --detailed-exitcode vm.yaml; echo "exit $?" >&2; } | true';
    const { stderr } = await world.shell(line).ended;
    expect(exitIn(stderr)).toBe('2');
    expect(stderr).not.toMatch(/EPIPE|error|\n {4}at /);
  });

  it('of messages ends a plan quietly, too', async () => {
    world.write('vm.yaml', `${WEB}ha: true\n`.replace('ha: false\n', ''));
    const line =
      '{ "$NODE" "$PVEVM" plan --verbose vm.yaml; echo "exit $?" >&3; } 3>&1 2>&1 >/dev/null | sh -c "exec <&-; cat" 2>/dev/null; true';
    const { code } = await world.shell(line).ended;
    expect(code).toBe(0);
    const { child, ended } = world.start(['plan', '--debug', 'vm.yaml']);
    child.stderr?.destroy();
    expect((await ended).code).toBe(0);
  });

  it('of events stops an apply at a safe point, with 130 and what is left on standard error', async () => {
    world.write('vm.yaml', WEB);
    const line = '{ "$NODE" "$PVEVM" apply -y --events vm.yaml; echo "exit $?" >&2; } | head -n 1';
    const { stdout, stderr } = await world.shell(line).ended;
    expect(JSON.parse(stdout)).toMatchObject({ type: 'run.started' });
    expect(exitIn(stderr)).toBe('130');
    expect(stderr).toContain('The output cannot be written any more: what runs is finished, nothing new begins.');
    expect(stderr).toContain('To continue, run: pvevm apply vm.yaml');
    expect(stderr).not.toMatch(/EPIPE|\n {4}at /);
    // Before or after the first step: head takes its time.
    expect(writes().length).toBeLessThanOrEqual(1);
    const again = world.start(['apply', '-y', 'vm.yaml']);
    expect((await again.ended).code).toBe(0);
  });

  it('of messages stops an apply at a safe point, whose step is finished', async () => {
    world.write('vm.yaml', `${WEB}---\n${WEB.replace('web-01', 'web-02')}`);
    const { child, ended } = world.start(['apply', '-y', '--parallelism', '1', 'vm.yaml']);
    await creating();
    child.stderr?.destroy();
    const { code, signal, stdout } = await ended;
    expect([code, signal]).toEqual([130, null]);
    expect(stdout).toContain('To continue, run: pvevm apply --parallelism 1 vm.yaml');
    expect(writes().filter((write) => write === CREATE).length).toBeLessThanOrEqual(1);
    expect(await configOf(world.harness, 101)).not.toHaveProperty('lock');
  });

  it('of results, before anything was written, begins nothing', async () => {
    world.write('vm.yaml', WEB);
    const { child, ended } = world.start(['apply', '-y', 'vm.yaml']);
    child.stdout?.destroy();
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Not finished:\n  vm/web-01   not done: create, set serial console\n');
    expect(writes()).toEqual([]);
  });

  it('of a JSON document does not keep an apply from its end', async () => {
    world.write('vm.yaml', WEB);
    const { child, ended } = world.start(['apply', '-y', '--json', 'vm.yaml']);
    child.stdout?.destroy();
    expect((await ended).code).toBe(0);
    expect(writes()).toHaveLength(2);
  });

  it('of a served sandbox leaves it running', async () => {
    const { child, ended, said } = world.start(['sandbox', 'serve', 'box', '--verbose']);
    await said('PVEVM_FINGERPRINT');
    child.stdout?.destroy();
    child.stderr?.destroy();
    world.write('vm.yaml', WEB);
    const applied = await world.start(['apply', '-y', '--sandbox=box', 'vm.yaml']).ended;
    expect(applied.stdout).toContain('served by process');
    expect(applied.code).toBe(0);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
  });
});

const hasScript = existsSync('/usr/bin/script');

// script gives the program a terminal, where it is installed.
describe.skipIf(!hasScript)('R-28: on a terminal', () => {
  /** Runs a line on a terminal of its own, which goes when the child is killed. */
  const onTerminal = (line: string) =>
    world.start(['-qefc', line, '/dev/null'], { command: 'script', stdio: ['pipe', 'pipe', 'pipe'] });
  const codeFile = (): string => join(world.cwd, 'code');
  /** Writes the exit code to a file, whatever becomes of the terminal. */
  const line = (options: string): string =>
    `trap "" HUP; "$NODE" "$PVEVM" apply ${options} vm.yaml; echo $? > code; echo; cat code`;

  it('that is closed, an apply stops at a safe point', async () => {
    world.write('vm.yaml', WEB);
    const { child } = onTerminal(line('-y'));
    await creating();
    child.kill('SIGKILL');
    await until(() => existsSync(codeFile()) && readFileSync(codeFile(), 'utf8') !== '');
    expect(readFileSync(codeFile(), 'utf8')).toBe('130\n');
    await expectSafePoint();
  });

  it('Ctrl-C instead of an answer changes nothing, and says so', async () => {
    world.write('vm.yaml', WEB);
    const { child, ended, said } = onTerminal(line(''));
    await said('Only "yes" is accepted: ');
    child.stdin?.write('\u0003');
    const { stdout } = await ended;
    expect(stdout).toContain('Interrupted. Nothing was changed.');
    expect(stdout).toMatch(/\^C|130/);
    expect(writes()).toEqual([]);
  });

  it('Ctrl-C while it is carried out ends it at a safe point', async () => {
    world.write('vm.yaml', WEB);
    const { child, ended } = onTerminal(line('-y'));
    await creating();
    child.stdin?.write('\u0003');
    expect((await ended).stdout).toContain('To continue, run: pvevm apply vm.yaml');
    await expectSafePoint();
  });
});

// The file of Linux that is always full.
describe.skipIf(!existsSync('/dev/full'))('a full disk under standard output', () => {
  it('fails a plan with 1, and says so', async () => {
    world.write('vm.yaml', WEB);
    const { stderr } = await world.shell('"$NODE" "$PVEVM" plan vm.yaml > /dev/full; echo "exit $?" >&2').ended;
    expect(stderr).toBe('error: cannot write standard output: the disk is full [PVEVM-OUTPUT]\nexit 1\n');
  });

  it('stops an apply at a safe point, and says so', async () => {
    world.write('vm.yaml', WEB);
    const line = '"$NODE" "$PVEVM" apply -y vm.yaml > /dev/full; echo "exit $?" >&2';
    const { stderr } = await world.shell(line).ended;
    expect(exitIn(stderr)).toBe('130');
    expect(stderr).toContain('not done: create, set serial console');
    expect(stderr).toContain('error: cannot write standard output: the disk is full [PVEVM-OUTPUT]\n');
    expect(writes()).toEqual([]);
  });
});
