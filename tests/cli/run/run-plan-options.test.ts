import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ApplyEvent } from '../../../src/core/event.ts';
import { guestIds } from '../../requirements/guests.ts';
import { runCli } from '../../run-cli.ts';
import { bareGuest, type ServedFolder, useServedFolder } from '../served-folder.ts';
import { openSignals } from '../test-signals.ts';

let folder: ServedFolder;
useServedFolder((opened) => {
  folder = opened;
});

function write(...documents: readonly string[]): void {
  writeFileSync(join(folder.cwd, 'vm.yaml'), documents.join('---\n'));
}

it.each([
  ['apply', '-y', 'vm.yaml'],
  ['apply', 'plan.json'],
])('R-5: a run that fails destroys nothing of what it has made, unless it was asked to: %s %s', async (...argv) => {
  const { cwd, env, harness } = folder;
  write(bareGuest('good'), bareGuest('bad', 'power: running\n'));
  expect((await runCli(['plan', '-o', 'plan.json', 'vm.yaml'], { cwd, env })).code).toBe(0);
  harness.sandbox.failNext('POST /nodes/*/qemu/*/status/start task-error=boom');
  const { code, stdout, stderr } = await runCli(argv, { cwd, env });
  expect({ code, said: `${stdout}${stderr}`.includes('aken back') }).toEqual({ code: 8, said: false });
  await harness.sandbox.settled();
  expect(await guestIds(harness)).toEqual([101, 102]);
  expect(harness.writes().filter(({ method }) => method === 'DELETE')).toEqual([]);
});

it('R-28: with an audit log, too, the second signal names the tasks that go on, and is recorded as the end', async () => {
  const { cwd, env, harness } = folder;
  write(bareGuest('web'));
  mkdirSync(join(cwd, 'logs'));
  const { signals, send, handlers } = openSignals();
  const running = runCli(['apply', '-y', '--audit', 'logs/audit.jsonl', 'vm.yaml'], { cwd, env, signals });
  // A read that comes after the write: its answer, with the task, is there by then.
  harness.sandbox.failNext('GET /nodes/*/tasks/*/status delay=400ms');
  const isAsked = (): boolean => harness.sandbox.requests.some(({ path }) => /\/tasks\/.*\/status$/.test(path));
  while (!isAsked()) await new Promise((resolve) => setTimeout(resolve, 2));
  send('SIGINT');
  send('SIGINT');
  const { stderr } = await running;
  expect(stderr).toMatch(/Left at once\. These tasks go on:\n {2}UPID:pve1:[0-9A-F:]+:qmcreate:101:/);
  const records = readFileSync(join(cwd, 'logs/audit.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const ends = records.flatMap(({ event }) => (event?.type === 'run.finished' ? [event] : []));
  expect(ends).toMatchObject([{ outcome: 'cancelled', tasks: [expect.stringContaining(':qmcreate:101:')] }]);
  // Later signals are somebody else’s.
  expect(handlers.size).toBe(0);
});

/** What an apply with these options tells by `--events`. */
async function eventsOf(...argv: readonly string[]): Promise<readonly ApplyEvent[]> {
  const { cwd, env } = folder;
  const { stdout } = await runCli(['apply', '-y', '--events', ...argv, 'vm.yaml'], { cwd, env });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ApplyEvent);
}

/** How many steps ran side by side at most. */
function mostAtOnce(events: readonly ApplyEvent[]): number {
  let atOnce = 0;
  let most = 0;
  for (const { type } of events) {
    if (type === 'step.started') atOnce += 1;
    if (type === 'step.finished') atOnce -= 1;
    most = Math.max(most, atOnce);
  }
  return most;
}

/** What steps waited for because too much was done at a time. */
function waitsIn(events: readonly ApplyEvent[]): readonly string[] {
  return [...new Set(events.flatMap((event) => (event.type === 'step.progress' ? (event.waitingFor ?? []) : [])))];
}

it('R-27: --parallelism, --parallelism-per-node and --parallelism-per-storage bound how much is done at a time', async () => {
  const { sandbox } = folder.harness;
  const runs: (readonly [most: number, waits: readonly string[]])[] = [];
  for (const [index, option] of [
    '',
    '--parallelism=1',
    '--parallelism-per-node=1',
    '--parallelism-per-storage=1',
  ].entries()) {
    write(...['a', 'b', 'c'].map((name) => bareGuest(`${name}${index}`)));
    sandbox.failNext('POST /nodes/*/qemu delay=90ms count=3');
    const events = await eventsOf(...(option === '' ? [] : [option]));
    runs.push([mostAtOnce(events), waitsIn(events)]);
  }
  const [node, storage] = ['node pve1: 1 other step', 'storage ceph-pool: 1 other step'];
  expect(runs.map(([most, waits]) => [most, [node, storage].filter((wait) => waits.includes(wait))])).toEqual([
    ...[
      [3, []],
      [1, []],
    ],
    ...[
      [3, [node]],
      [3, [storage]],
    ],
  ]);
});

it('R-22: --fail-fast begins nothing more on other guests after a failure, and without it they are made', async () => {
  for (const [option, made] of [
    ['--fail-fast', 0],
    ['--quiet', 2],
  ] as const) {
    folder.harness.sandbox.failNext('POST /nodes/*/qemu status=400 message=boom');
    write(bareGuest('a'), bareGuest('b'), bareGuest('c'));
    const events = await eventsOf('--parallelism', '1', option);
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', counts: { done: made, failed: 1, skipped: 2 - made } });
  }
});
