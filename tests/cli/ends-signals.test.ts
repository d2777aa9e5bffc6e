import { describe, expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/core/event.ts';
import type { RunJson } from '../../src/report/run/run-json.ts';
import { problemsOfOutput } from '../output-schemas.ts';
import { configOf, guestIds } from '../requirements/guests.ts';
import { type Running, until, useWorld } from './ends/child.ts';

const world = useWorld(300);
const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const QEMU = '/nodes/pve1/qemu';
const APPLY = ['apply', '-y', 'vm.yaml'];

const writes = (): readonly string[] => world.harness.writes().map(({ method, path }) => `${method} ${path}`);

/** Resolves once the task of a create runs. */
async function creating(vmid = 101): Promise<void> {
  await until(() => world.harness.sandbox.guestConfig(vmid)?.includes('lock: create') === true);
}

/** Starts an apply, and resolves when its create runs. */
async function startCreating(...options: readonly string[]): Promise<Running> {
  world.write('vm.yaml', WEB);
  const running = world.start([...APPLY, ...options]);
  await creating();
  return running;
}

/** So long that a signal which comes again is another one. */
const pause = (): Promise<void> => {
  const start = performance.now();
  return until(() => performance.now() - start > 110);
};

const eventsOf = (stdout: string): readonly ApplyEvent[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ApplyEvent);

describe('R-28: the first signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 130],
  ] as const)('%s: what runs is finished, nothing new begins, the rest is printed, exit %i', async (signal, code) => {
    const { child, ended } = await startCreating();
    child.kill(signal);
    const { stdout, stderr, ...end } = await ended;
    expect(end).toEqual({ code, signal: null });
    expect(stderr).toContain('Interrupted: what runs is finished, nothing new begins.\nOnce more leaves at once.');
    expect(stderr).toMatch(/✓ vm\/web-01 {2}create/);
    expect(stdout).toContain('vm/web-01 (it exists, as 101 on pve1)   done: create; not done: set serial console\n');
    expect(stdout).toContain('To continue, run: pvevm apply vm.yaml\n');
    expect(writes()).toEqual([`POST ${QEMU}`]);
    expect(await configOf(world.harness, 101)).not.toHaveProperty('lock');
  });

  it('with --json is in the document, and what is left is on standard error', async () => {
    const { child, ended } = await startCreating('--json');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    const run = JSON.parse(stdout) as RunJson;
    expect(problemsOfOutput('run', run)).toEqual([]);
    expect(run).toMatchObject({
      exit: { code: 130, name: 'interrupted' },
      result: { outcome: 'cancelled', wrote: true, counts: { done: 1, failed: 0, skipped: 1 } },
    });
    expect(code).toBe(130);
    expect(stderr).toContain('not done: set serial console');
    expect(stderr).toContain('To continue, run: pvevm apply vm.yaml');
  });

  it('with --events is the end of the events, and what is left is on standard error', async () => {
    const { child, ended } = await startCreating('--events');
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await ended;
    const events = eventsOf(stdout);
    for (const event of events) expect(problemsOfOutput('events', event)).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'cancelled', wrote: true });
    expect(code).toBe(143);
    expect(stderr).toContain('To continue, run: pvevm apply vm.yaml');
  });

  it('lets everything finish that runs side by side', async () => {
    world.write('vm.yaml', ['a', 'b'].map((name) => WEB.replace('web-01', name)).join('---\n'));
    const { child, ended } = world.start(APPLY);
    for (const vmid of [101, 102]) await creating(vmid);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout.match(/done: create; not done: set serial console/g)).toHaveLength(2);
    expect(writes()).toEqual([`POST ${QEMU}`, `POST ${QEMU}`]);
    for (const vmid of [101, 102]) expect(world.harness.sandbox.guestConfig(vmid)).not.toContain('lock');
  });

  it('ends the wait for a lock: that step was not begun, and nothing was written', async () => {
    await world.harness.apply(WEB);
    const before = await configOf(world.harness, 101);
    world.write('vm.yaml', `${WEB}memory: { size: 4GiB }\n`);
    // It comes between the look and the write, which is refused then.
    world.harness.sandbox.failNext({ method: 'PUT', path: `${QEMU}/101/config`, lock: 'backup', lockMs: 600_000 });
    const { child, ended, said } = world.start([...APPLY, '--events']);
    await said('waitingFor');
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    const events = eventsOf(stdout);
    expect(code).toBe(130);
    expect(events.find(({ type }) => type === 'step.finished')).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringMatching(/^interrupted while waiting for .*; nothing was sent$/),
    });
    expect(events.at(-1)).toMatchObject({ outcome: 'cancelled', wrote: false, counts: { failed: 0 } });
    const { digest: _, lock: __, ...after } = await configOf(world.harness, 101);
    expect(before).toMatchObject(after);
  });

  it('ends the wait for what is busy', async () => {
    world.write('vm.yaml', WEB);
    const message = "can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout";
    world.harness.sandbox.failNext({ method: 'POST', path: QEMU, status: 500, message, times: 99 });
    const { child, ended, said } = world.start([...APPLY, '--events']);
    await said('waitingFor');
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130 });
    expect(await guestIds(world.harness)).toEqual([]);
  });

  it('ends the wait for a guest’s agent, which has sent nothing', async () => {
    world.harness.sandbox.failNext({ method: 'GET', path: `${QEMU}/101/agent/*`, status: 500, times: 999 });
    world.write('vm.yaml', `${WEB}power: running\nwaitFor: { agent: 5m }\n`);
    const { child, ended } = world.start([...APPLY, '--events']);
    await until(() => world.harness.sandbox.requests.some(({ path }) => path.includes('/agent/')));
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(eventsOf(stdout).at(-1)).toMatchObject({ counts: { done: 3, failed: 0, skipped: 1 } });
  });

  it('that comes twice at once, as npm and timeout send it, is one', async () => {
    const { child, ended } = await startCreating();
    child.kill('SIGTERM');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 143, signal: null });
  });

  it('of a closed terminal may come as often as it likes', async () => {
    const { child, ended, said } = await startCreating();
    child.kill('SIGHUP');
    await said('Interrupted');
    await pause();
    child.kill('SIGHUP');
    expect(await ended).toMatchObject({ code: 130, signal: null });
    expect(await configOf(world.harness, 101)).not.toHaveProperty('lock');
  });
});

describe('R-28: the second signal', () => {
  const UPID = /UPID:pve1:[0-9A-F:]+:qmcreate:101:root@pam!sandbox:/;

  it('leaves at once, and prints the tasks that go on', async () => {
    const { insist } = await startCreating();
    const { code, signal, stderr } = await insist('SIGINT');
    expect([code, signal]).toEqual([null, 'SIGINT']);
    expect(stderr).toMatch(/Left at once\. These tasks go on:\n {2}UPID/);
    expect(stderr).toMatch(UPID);
    expect(stderr).toContain('To continue, run: pvevm apply vm.yaml');
  });

  it('names them in the JSON document', async () => {
    const { insist } = await startCreating('--json');
    const run = JSON.parse((await insist('SIGTERM')).stdout) as RunJson;
    expect(problemsOfOutput('run', run)).toEqual([]);
    expect(run).toMatchObject({
      exit: { code: 143 },
      result: { outcome: 'cancelled', wrote: true, tasks: [expect.stringMatching(UPID)] },
    });
  });

  it('names them in the last event', async () => {
    const { insist } = await startCreating('--events');
    const events = eventsOf((await insist('SIGINT')).stdout);
    for (const event of events) expect(problemsOfOutput('events', event)).toEqual([]);
    const last = { type: 'run.finished', outcome: 'cancelled', wrote: true, tasks: [expect.stringMatching(UPID)] };
    expect(events.at(-1)).toMatchObject(last);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  it('names what was sent and not answered', async () => {
    world.write('vm.yaml', WEB);
    world.harness.sandbox.failNext({ method: 'POST', path: QEMU, delayMs: 800 });
    const { insist } = world.start(APPLY);
    await until(() => world.harness.sandbox.requests.some(({ method }) => method === 'POST'));
    const { stderr } = await insist('SIGINT');
    expect(stderr).toContain(`No task is known to go on.\nSent, and not answered yet:\n  POST ${QEMU}\n`);
  });
});

describe('R-28: a signal', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('while a plan is made: %s ends it at once', async (name) => {
    world.write('vm.yaml', WEB);
    world.harness.sandbox.failNext({ method: 'GET', path: '/cluster/resources', delayMs: 2000 });
    const { child, ended } = world.start(APPLY);
    await until(() => world.harness.sandbox.requests.length > 0);
    child.kill(name);
    expect(await ended).toMatchObject({ code: null, signal: name, stdout: '', stderr: '' });
    expect(writes()).toEqual([]);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 130],
  ] as const)('while status is watched: %s ends it with %i', async (signal, code) => {
    world.write('vm.yaml', WEB);
    const { child, ended, said } = world.start(['status', '--watch=60', 'vm.yaml']);
    await said('vm/web-01');
    child.kill(signal);
    expect(await ended).toMatchObject({ code, signal: null, stderr: '' });
  });

  it('while a sandbox is served: SIGHUP ends it in good order', async () => {
    const { child, ended, said } = world.start(['sandbox', 'serve', 'box']);
    await said('PVEVM_FINGERPRINT');
    child.kill('SIGHUP');
    expect(await ended).toMatchObject({ code: 130, signal: null, stderr: expect.not.stringContaining('error') });
    expect((await world.start(['plan', '--sandbox=box', '-'], { stdio: 'pipe' }).insist('SIGINT')).signal).toBe(
      'SIGINT',
    );
  });

  it('SIGQUIT is left alone', async () => {
    const { child, ended } = await startCreating();
    child.kill('SIGQUIT');
    expect(await ended).toMatchObject({ code: null, signal: 'SIGQUIT' });
  });
});

it('R-28: up hands SIGHUP on to its command, and what it has made goes, however often the signal comes', async () => {
  world.write('vm.yaml', `${WEB}power: running\n`);
  const command = ['sh', '-c', 'trap "exit 7" HUP; echo began; while :; do sleep 0.05; done'];
  const { child, ended, said } = world.start(['up', 'vm.yaml', '--no-wait', '--', ...command]);
  await said('began');
  child.kill('SIGHUP');
  await said('shut down');
  await pause();
  child.kill('SIGHUP');
  expect(await ended).toMatchObject({ code: 7, signal: null });
  expect(await guestIds(world.harness)).toEqual([]);
});
