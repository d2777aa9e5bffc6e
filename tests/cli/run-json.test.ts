import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunJson } from '../../src/report/run/run-json.ts';
import type { Harness } from '../harness.ts';
import { type OutputName, problemsOfOutput } from '../output-schemas.ts';
import { powerByHand } from '../requirements/guests.ts';
import { type CliWorld, runCli } from '../run-cli.ts';
import { useServedFolder } from './served-folder.ts';
import { signalsOf } from './test-signals.ts';

let cwd = '';
let harness: Harness;
let env: Readonly<Record<string, string>> = {};

useServedFolder((folder) => {
  ({ cwd, harness, env } = folder);
  write('web-01');
});

function write(name: string, more = ''): void {
  writeFileSync(join(cwd, 'vm.yaml'), `kind: vm\nname: ${name}\nnode: pve1\nha: false\n${more}`);
}

/** Runs with --json, and checks that standard output is one document of its published form. */
async function run(argv: readonly string[], world: CliWorld = {}, form: OutputName = 'run') {
  const { code, stdout, stderr } = await runCli([...argv, '--json'], { cwd, env, ...world });
  const json = JSON.parse(stdout) as RunJson;
  expect(problemsOfOutput(form, json)).toEqual([]);
  expect(json.exit.code).toBe(code);
  return { json, stderr };
}

const applied = (...more: readonly string[]) => run(['apply', '-y', ...more, 'vm.yaml']);

it('apply --json tells each step of a run with its outcome and time, and prints the same form for nothing to do', async () => {
  const { json } = await applied();
  expect(json).toMatchObject({
    exit: { code: 0, name: 'ok' },
    plan: { summary: { add: 1 } },
    result: {
      ...{ outcome: 'ok', wrote: true, counts: { done: 2, failed: 0, skipped: 0 }, errors: [] },
      resources: [{ address: 'vm/web-01', outcome: 'ok', node: 'pve1', vmid: 101, created: true }],
      steps: [
        { id: 'vm/web-01#1', title: 'create', outcome: 'ok', durationMs: expect.any(Number), warnings: [] },
        { id: 'vm/web-01#2', title: 'set serial console', outcome: 'ok' },
      ],
    },
  });
  expect(json.result?.steps.map(({ id }) => id)).toEqual(json.plan.resources[0]?.steps.map(({ id }) => id));
  const again = await applied();
  expect(again.json).toMatchObject({ exit: { name: 'ok' }, result: { outcome: 'ok', wrote: false, steps: [] } });
});

it('apply --json tells what failed, what was done and what was not', async () => {
  harness.sandbox.failNext({ method: 'POST', path: '/nodes/pve1/qemu', status: 500, message: 'no way' });
  const failed = await applied();
  expect(failed.json).toMatchObject({
    exit: { name: 'error' },
    result: {
      ...{ outcome: 'failed', wrote: false, counts: { done: 0, failed: 1, skipped: 1 } },
      errors: [{ code: 'PVE_ERROR' }],
      resources: [{ outcome: 'failed', created: false }],
      steps: [
        { id: 'vm/web-01#1', outcome: 'failed', error: { code: 'PVE_ERROR', hints: expect.any(Array) } },
        { id: 'vm/web-01#2', outcome: 'skipped', durationMs: 0 },
      ],
    },
  });
  harness.sandbox.failNext({ method: 'PUT', path: '/nodes/pve1/qemu/101/config', status: 500, message: 'no way' });
  const partial = await applied();
  expect(partial.json).toMatchObject({
    exit: { code: 8, name: 'partial' },
    result: { wrote: true, resources: [{ created: true }], steps: [{ outcome: 'ok' }, { outcome: 'failed' }] },
  });
});

it('R-16: apply --json tells what was not allowed, and destroy --json and reap --json have the same form', async () => {
  write('web-01', 'disks: { scsi0: {}, scsi1: { size: 1GiB } }\n');
  await applied();
  write('web-01', 'unused: destroy\nexclusive: [disks]\ndisks: { scsi0: {} }\n');
  expect((await applied()).json).toMatchObject({
    exit: { code: 4, name: 'consent' },
    result: null,
    diagnostics: [{ code: 'CONSENT', detail: expect.stringContaining('--allow data-loss') }],
  });
  const destroyed = await run(['destroy', '-y', 'vm.yaml']);
  expect(destroyed.json).toMatchObject({ exit: { name: 'ok' }, result: { steps: [{ title: 'destroy' }] } });
  const nothing = await run(['destroy', '-y', 'vm.yaml']);
  expect(nothing.json).toMatchObject({ plan: { resources: [] }, result: { steps: [] } });
  const reaped = await run(['reap', '-y']);
  expect(reaped.json).toMatchObject({ exit: { name: 'ok' }, result: { outcome: 'ok', steps: [] } });
});

it('R-17: apply --json prints a plan that has errors in the same form, not carried out', async () => {
  write('web-01', 'disks: { scsi0: { storage: nowhere } }\n');
  const { json } = await applied();
  expect(json).toMatchObject({ exit: { name: 'missing' }, result: null, plan: { diagnostics: [{ code: 'MISSING' }] } });
});

it.each(['apply', 'destroy'])('%s --json prints one document where there is no plan, too', async (command) => {
  writeFileSync(join(cwd, 'vm.yaml'), 'kind: vm\nname: a\ncores: 4\n');
  const wrong = await run([command, '-y', 'vm.yaml'], {}, 'diagnostics');
  expect(wrong.json).toMatchObject({ exit: { name: 'invalid' }, diagnostics: [{ summary: 'unknown key' }] });
  write('web-01');
  const usage = await run([command, '-y', 'vm.yaml', '--events'], {}, 'diagnostics');
  expect(usage.json).toMatchObject({ exit: { name: 'invalid' }, error: { code: 'USAGE' } });
  const refused = await run([command, '-y', 'vm.yaml'], { env: { ...env, PVEVM_TOKEN: 'a@pve!b=c' } }, 'diagnostics');
  expect(refused.json).toMatchObject({ error: { message: expect.any(String) } });
  const nowhere = await run(
    [command, '-y', 'vm.yaml'],
    { env: { ...env, PVEVM_ENDPOINT: 'https://127.0.0.1:1' } },
    'diagnostics',
  );
  expect(nowhere.json).toMatchObject({ exit: { name: 'unreachable' }, error: { code: 'CONNECT' } });
});

it('without -y and without a terminal, and after a no, apply --json prints one document', async () => {
  const alone = await run(['apply', 'vm.yaml'], {}, 'diagnostics');
  expect(alone.json).toMatchObject({ exit: { name: 'consent' }, error: { code: 'CONSENT' } });
  const no = await run(['apply', 'vm.yaml'], { isTTY: true, stdin: 'no\n' });
  expect(no.json).toMatchObject({ exit: { name: 'consent' }, result: null });
});

it('R-28: interrupted, apply --json prints what was done, and what goes on where it is left at once', async () => {
  const first = await run(['apply', '-y', 'vm.yaml'], { signals: signalsOf('SIGTERM') });
  expect(first.json).toMatchObject({
    exit: { code: 143, name: 'terminated' },
    result: { outcome: 'cancelled', wrote: false, counts: { done: 0, failed: 0, skipped: 2 } },
  });
  const { stdout } = await runCli(['apply', '-y', '--json', 'vm.yaml'], {
    ...{ cwd, env, signals: signalsOf('SIGINT', 'SIGINT') },
  });
  const left = JSON.parse(stdout) as RunJson;
  expect(problemsOfOutput('run', left)).toEqual([]);
  expect(left).toMatchObject({ exit: { code: 130 }, result: { outcome: 'cancelled', steps: [], tasks: [] } });
});

it('R-30: a guest that does not shut down fails destroy --json with the steps that were not done', async () => {
  await applied();
  await powerByHand(harness, 101, 'start');
  harness.sandbox.failNext({
    method: 'POST',
    path: '/nodes/pve1/qemu/101/status/shutdown',
    status: 500,
    message: 'deaf',
  });
  const { json } = await run(['destroy', '-y', 'vm.yaml']);
  expect(json.result?.steps.map(({ title, outcome }) => [title, outcome])).toEqual([
    ['shut down', 'failed'],
    ['wait until it is stopped', 'skipped'],
    ['destroy', 'skipped'],
  ]);
  expect(json.plan.resources[0]?.steps.at(-1)?.removes).toEqual(['ceph-pool:vm-101-disk-0', 'ceph-pool:vm-101-disk-1']);
});
