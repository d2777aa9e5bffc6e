import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/core/event.ts';
import type { Plan } from '../../src/core/plan.ts';
import { applyPlan } from '../../src/engine/apply.ts';
import { systemClock } from '../../src/pve/clock.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { guestIds } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  // Longer than a look at all guests, so that as many tasks as may run do run at a time.
  harness = await startHarness({ taskTimeMs: 60 });
});
afterEach(() => harness.close());

const vm = (name: string, more = ''): string => `kind: vm\nname: ${name}\nnode: pve1\nha: false\n${more}`;

/** What each step keeps busy, by its title; light steps are left out. */
function loadsOf(plan: Plan): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    plan.resources.flatMap(({ steps }) =>
      steps.flatMap(({ title, loads }) => (loads === undefined ? [] : [[title, loads]])),
    ),
  );
}

const LOCAL = 'disks: { scsi0: { storage: local-lvm } }\n';

it('steps name the node and the storages that they keep busy; a storage that each node has for itself with its node', async () => {
  expect(loadsOf(await harness.plan(vm('web-01', 'power: running\n')))).toEqual({
    create: ['node:pve1', 'storage:ceph-pool'],
    start: ['node:pve1'],
  });
  await harness.apply(vm('web-01', `vmid: 101\n${LOCAL}`));
  const clone = vm('copy', 'defaults: none\nclone: { from: 101, mode: full, storage: ceph-pool }\n');
  expect(loadsOf(await harness.plan(clone))).toEqual({
    'clone web-01 (101), full': ['node:pve1', 'storage:local-lvm@pve1', 'storage:ceph-pool'],
  });
  expect(loadsOf(await harness.removal(vm('web-01', 'vmid: 101\n')))).toEqual({
    destroy: ['node:pve1', 'storage:local-lvm@pve1'],
  });
  const moved = vm('web-01', 'vmid: 101\ndisks: { scsi0: { storage: ceph-pool } }\n');
  expect(Object.entries(loadsOf(await harness.plan(moved)))[0]).toEqual([
    expect.stringMatching(/^move disk scsi0 to ceph-pool/),
    ['node:pve1', 'storage:ceph-pool', 'storage:local-lvm@pve1'],
  ]);
  const away = `kind: vm\nname: web-01\nvmid: 101\nnode: pve2\nonMoved: migrate\nha: false\n${LOCAL}`;
  expect(Object.values(loadsOf(await harness.plan(away)))[0]).toEqual([
    'node:pve1',
    'storage:local-lvm@pve1',
    'storage:local-lvm@pve2',
  ]);
});

it('a step without volumes is light, and so is a shutdown', async () => {
  await harness.apply(vm('web-01', 'vmid: 101\npower: running\n'));
  expect(loadsOf(await harness.plan(vm('web-01', 'vmid: 101\npower: stopped\ndescription: quiet\n')))).toEqual({});
});

/** Runs a plan and counts how many of its tasks run at a time; with what its steps said that they wait for. */
async function runCounting(plan: Plan, limits: { readonly node?: number; readonly storage?: number }) {
  const { pve } = harness;
  const running = new Set<string>();
  let most = 0;
  let requests = 0;
  const counted: PveClient = {
    ...pve,
    get: async (path, options) => {
      // How often a task is looked at follows from how fast the machine is.
      if (!path.endsWith('/status')) requests += 1;
      const answer = (await pve.get(path, options)) as { readonly status?: unknown } | null;
      if (path.endsWith('/status') && answer?.status === 'stopped') running.delete(String(options?.path?.['upid']));
      return answer;
    },
    post: async (path, options) => {
      requests += 1;
      const answer = await pve.post(path, options);
      if (typeof answer === 'string') running.add(answer);
      most = Math.max(most, running.size);
      return answer;
    },
  };
  const waits: string[] = [];
  const onEvent = (event: ApplyEvent): void => {
    if (event.type === 'step.progress' && event.waitingFor !== undefined) waits.push(event.waitingFor);
  };
  const clock = { ...systemClock, sleep: (milliseconds: number) => systemClock.sleep(Math.min(milliseconds, 30)) };
  const result = await applyPlan({ plan, pve: counted, clock, parallelism: 20, limits, onEvent });
  return { result, most, requests, waits };
}

it.each([
  ['two copies at a time on a storage, as usual', {}, 2],
  ['as many as the user says', { storage: 3 }, 3],
  ['and no more than the node takes', { storage: 10, node: 1 }, 1],
] as const)('R-27: twenty clones at once: %s', async (_name, limits, expected) => {
  await harness.apply(vm('tpl', 'vmid: 900\n'));
  const names = Array.from({ length: 20 }, (_one, index) => `ci-${index + 1}`);
  const clones = names.map((name) => vm(name, 'defaults: none\nclone: { from: 900, mode: full }\n'));
  const { result, most, requests, waits } = await runCounting(await harness.plan(clones.join('---\n')), limits);
  expect(result.errors).toEqual([]);
  expect(most).toBe(expected);
  expect(await guestIds(harness)).toHaveLength(21);
  expect(waits).toContain(
    `${expected === 1 ? 'node pve1' : 'storage ceph-pool'}: ${expected} other step${expected === 1 ? '' : 's'}`,
  );
  // What waits for its turn asks nothing: a clone takes a dozen requests, however many others there are.
  expect(requests).toBeLessThan(20 * 16);
});

it('R-28: an interrupt leaves steps that wait for their turn undone, and says so', async () => {
  const stop = new AbortController();
  const plan = await harness.plan([1, 2, 3].map((index) => vm(`web-${index}`, '')).join('---\n'));
  const onEvent = (event: ApplyEvent): void => {
    if (event.type === 'step.progress' && event.waitingFor?.startsWith('storage') === true) stop.abort();
  };
  const result = await harness.run(plan, onEvent, stop.signal);
  expect(result).toMatchObject({ outcome: 'cancelled', errors: [] });
  expect(await guestIds(harness)).toHaveLength(2);
  await harness.apply([1, 2, 3].map((index) => vm(`web-${index}`, '')).join('---\n'));
  expect(await guestIds(harness)).toHaveLength(3);
});
