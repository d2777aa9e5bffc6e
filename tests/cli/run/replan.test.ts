import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Connection } from '../../../src/cli/connect.ts';
import type { CommandScope } from '../../../src/cli/make-plan.ts';
import { replanBy, replanFrom } from '../../../src/cli/run/replan.ts';
import type { Plan } from '../../../src/core/plan.ts';
import type { Resource } from '../../../src/core/resource.ts';
import type { PlanOptions } from '../../../src/engine/plan.ts';
import { bareResource } from '../../../src/engine/rollback/created-removal.ts';
import type { Harness } from '../../harness.ts';
import { problemsOfOutput } from '../../output-schemas.ts';
import { configOf, guestIds, setByHand } from '../../requirements/guests.ts';
import { runCli } from '../../run-cli.ts';
import { bareGuest, useServedFolder } from '../served-folder.ts';

let cwd = '';
let harness: Harness;
let env: Readonly<Record<string, string>> = {};

useServedFolder((folder) => {
  ({ cwd, harness, env } = folder);
});

function write(...documents: readonly string[]): void {
  writeFileSync(join(cwd, 'vm.yaml'), documents.join('---\n'));
}

const run = (...argv: readonly string[]) => runCli(argv, { cwd, env });

/** Changes the guest's file, as another program on the node would, while the next config write is on its way. */
async function meddleDuringWrite(change: (text: string) => string): Promise<void> {
  harness.sandbox.failNext('PUT /nodes/*/qemu/*/config delay=60ms');
  const before = harness.sandbox.requests.length;
  const isSent = (): boolean =>
    harness.sandbox.requests.slice(before).some(({ method, path }) => method === 'PUT' && path.endsWith('/config'));
  while (!isSent()) await new Promise((resolve) => setTimeout(resolve, 2));
  const file = join(harness.sandbox.directory, 'nodes', 'pve1', 'qemu-server', '101.conf');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  harness.sandbox.reload();
}

const setCores =
  (cores: number) =>
  (text: string): string =>
    text.replace(/^cores: \d+$/m, `cores: ${cores}`);

it('R-19: a conflict is shown as a new plan of that guest, and the run goes on by it', async () => {
  write(bareGuest('web-01'));
  expect((await run('apply', '-y', 'vm.yaml')).code).toBe(0);
  write(bareGuest('web-01', 'memory: { size: 4GiB }\n'));
  const meddling = meddleDuringWrite(setCores(6));
  const { code, stdout, stderr } = await run('apply', '-y', 'vm.yaml');
  await meddling;
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('↻ vm/web-01  planned anew: ') });
  expect(stderr).toMatch(/cpu\.cores +6 → 2/);
  expect(stdout).toMatch(/Applied: 0 added, 1 changed, 0 destroyed\. 1 step in /);
  expect(stdout).toContain('Planned anew: vm/web-01 (');
  expect(await configOf(harness, 101)).toMatchObject({ memory: '4096', cores: 2 });
});

it('R-19: --json and --events tell of the new plan in their published forms', async () => {
  write(bareGuest('web-01'));
  await run('apply', '-y', 'vm.yaml');
  for (const [option, size] of [
    ['--json', 4],
    ['--events', 5],
  ] as const) {
    write(bareGuest('web-01', `memory: { size: ${size}GiB }\n`));
    const meddling = meddleDuringWrite(setCores(size + 2));
    const { code, stdout } = await run('apply', '-y', option, 'vm.yaml');
    await meddling;
    expect(code).toBe(0);
    if (option === '--json') {
      const json = JSON.parse(stdout) as unknown;
      expect(problemsOfOutput('run', json)).toEqual([]);
      expect(json).toMatchObject({
        result: {
          counts: { done: 1, failed: 0, skipped: 0 },
          resources: [{ outcome: 'ok', replanned: { plan: { steps: [{ id: 'vm/web-01#2' }] } } }],
          steps: [
            { id: 'vm/web-01#1', outcome: 'replanned' },
            { id: 'vm/web-01#2', outcome: 'ok' },
          ],
        },
      });
      continue;
    }
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(events.flatMap((event) => problemsOfOutput('events', event))).toEqual([]);
    expect(events.map(({ type }) => type)).toContain('resource.replanned');
  }
});

it('R-5: what no document describes is not planned anew: its removal is what was agreed to, or nothing', async () => {
  const project = { stack: 'lab', mark: 'full' } as const;
  const checked = { documents: 0, diagnostics: [], valid: true, exit: 'ok' } as const;
  const documents = { ...checked, resources: [], project, files: new Map<string, string>() };
  const replan = replanFrom(documents, 'alone', () => Promise.reject(new Error('it was planned')));
  expect(await replan('vm/pruned')).toEqual([]);
});

it('R-19: a new plan with errors is none: they are given instead, and nothing is taken for done', async () => {
  const resource = bareResource({
    ...{ address: 'vm/web', action: 'update', source: { file: 'vm.yaml', line: 1 }, node: 'pve1', vmid: 101 },
    ...{ vmidChosen: false, dependsOn: [], incarnation: null, digest: null, changes: [], unmanaged: [], steps: [] },
  });
  const checked = { documents: 1, diagnostics: [], valid: true, exit: 'ok' } as const;
  const documents = {
    ...checked,
    resources: [resource],
    project: { stack: null, mark: 'full' },
    files: new Map(),
  } as const;
  const error = { severity: 'error', code: 'MISSING', summary: 'no storage', detail: 'It is gone.' } as const;
  const note = { ...error, severity: 'note' } as const;
  const plan = async () => ({ resources: [], diagnostics: [note, error] }) as unknown as Plan;
  expect(await replanFrom(documents, 'alone', plan)('vm/web')).toEqual([error]);
});

it('R-19: what several guests wait for that are planned anew is told once', async () => {
  const bare = (name: string): Resource =>
    bareResource({
      ...{ address: `vm/${name}`, action: 'update', source: { file: 'vm.yaml', line: 1 }, node: 'pve1', vmid: 101 },
      ...{ vmidChosen: false, dependsOn: [], incarnation: null, digest: null, changes: [], unmanaged: [], steps: [] },
    });
  const checked = { documents: 2, diagnostics: [], valid: true, exit: 'ok', files: new Map() } as const;
  const resources = [bare('web'), bare('db')];
  const documents = { ...checked, resources, project: { stack: null, mark: 'full' } } as const;
  const told: string[] = [];
  const scope = { options: {}, output: { message: (text: string) => told.push(text) } } as unknown as CommandScope;
  const planner = async ({ onWaiting }: PlanOptions): Promise<Plan> => {
    for (const waitingFor of ['guest 103', 'guest 104', 'guest 103']) onWaiting?.(waitingFor);
    return { resources: [], diagnostics: [] } as unknown as Plan;
  };
  const replan = replanBy(planner, documents, { client: { user: 'root@pam' } } as Connection, scope);
  await Promise.all([replan('vm/web'), replan('vm/db')]);
  expect(told).toEqual(['Waiting for guest 103.', 'Waiting for guest 104.']);
});

it('R-19: a saved plan is carried out as it was approved, and refused where a guest has changed', async () => {
  write(bareGuest('web-01'));
  await run('apply', '-y', 'vm.yaml');
  write(bareGuest('web-01', 'memory: { size: 4GiB }\n'));
  expect((await run('plan', '-o', 'plan.json', 'vm.yaml')).code).toBe(0);
  const meddling = meddleDuringWrite(setCores(6));
  const { code, stderr } = await run('apply', 'plan.json');
  await meddling;
  expect({ code, stderr }).toMatchObject({ code: 7, stderr: expect.not.stringContaining('planned anew') });
  expect(await configOf(harness, 101)).toMatchObject({ memory: '2048', cores: 6 });
});

it('R-9: without the consent that the new plan needs, the command ends with 4, and says what to allow', async () => {
  write(bareGuest('web-01', 'unused: destroy\n'));
  await run('apply', '-y', 'vm.yaml');
  await setByHand(harness, 101, { scsi1: 'ceph-pool:1' });
  write(bareGuest('web-01', 'unused: destroy\nmemory: { size: 4GiB }\n'));
  const meddling = meddleDuringWrite((text) => text.replace(/^scsi1: ([^,\n]+).*$/m, 'unused0: $1'));
  const { code, stderr } = await run('apply', '-y', 'vm.yaml');
  await meddling;
  expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining('--allow data-loss') });
  expect(await configOf(harness, 101)).toMatchObject({ memory: '2048', unused0: 'ceph-pool:vm-101-disk-2' });
});

it('R-22: --rollback-on-failure says beforehand what a failure would destroy, destroys it, and says so', async () => {
  write(bareGuest('good'), bareGuest('bad', 'power: running\n'));
  harness.sandbox.failNext('POST /nodes/*/qemu/*/status/start task-error=boom');
  const { code, stdout, stderr } = await run('apply', '-y', '--rollback-on-failure', '--fail-fast', 'vm.yaml');
  expect(code).toBe(8);
  expect(stderr).toContain(
    'has created by then is destroyed again, with its disks (--rollback-on-failure): vm/good, vm/bad.',
  );
  expect(stderr).toContain('Taking back what this run has created (--rollback-on-failure):');
  expect(stdout).toContain('Applied in part: 0 added');
  expect(stdout).toContain('Taken back:\n  vm/good (101 on pve1): destroyed\n  vm/bad (102 on pve1): destroyed\n');
  expect(stdout).toContain('To continue, run: pvevm apply --fail-fast --rollback-on-failure vm.yaml\n');
  expect(stdout).not.toContain('it exists');
  expect(await guestIds(harness)).toEqual([]);
});

it('R-22: --rollback-on-failure with a saved plan needs no documents, and --json and --events tell all', async () => {
  write(bareGuest('bad', 'power: running\n'));
  await run('plan', '-o', 'plan.json', 'vm.yaml');
  rmSync(join(cwd, 'vm.yaml'));
  for (const option of ['--json', '--events']) {
    harness.sandbox.failNext('POST /nodes/*/qemu/*/status/start task-error=boom');
    const { code, stdout } = await run('apply', '--rollback-on-failure', option, 'plan.json');
    expect(code).toBe(8);
    expect(await guestIds(harness)).toEqual([]);
    if (option === '--json') {
      const json = JSON.parse(stdout) as unknown;
      expect(problemsOfOutput('run', json)).toEqual([]);
      expect(json).toMatchObject({
        exit: { name: 'partial' },
        result: { rollback: { resources: [{ address: 'vm/bad', outcome: 'destroyed' }], steps: [{ outcome: 'ok' }] } },
      });
      continue;
    }
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(events.flatMap((event) => problemsOfOutput('events', event))).toEqual([]);
    expect(events.at(-2)).toMatchObject({ type: 'resource.rolledBack', outcome: 'destroyed' });
  }
});

it('R-22: what cannot be destroyed again is named with the reason', async () => {
  write(bareGuest('bad', 'power: running\nprotection: true\n'));
  harness.sandbox.failNext('POST /nodes/*/qemu/*/status/start task-error=boom');
  const { code, stdout } = await run('apply', '-y', '--rollback-on-failure', 'vm.yaml');
  expect(code).toBe(8);
  expect(stdout).toContain('  vm/bad (it exists, as 101 on pve1)');
  expect(stdout).toContain('  vm/bad (101 on pve1): left, the guest is protected: ');
  expect(await guestIds(harness)).toEqual([101]);
});
