import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApplyEvent } from '../../../src/core/event.ts';
import type { FaultRule } from '../../../src/sandbox/index.ts';
import { type Harness, type HarnessPlanOptions, startHarness } from '../../harness.ts';
import { guestIds, powerByHand, titlesOf, volumesOf } from '../../requirements/guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const DISKS = 'disks: { scsi0: { size: 8GiB }, scsi1: { size: 4GiB } }\n';

/** A write that a run makes, and what is there before. */
interface Case {
  readonly name: string;
  readonly before?: string;
  readonly running?: true;
  readonly document?: string;
  readonly removal?: true;
  readonly options?: HarnessPlanOptions;
  readonly method: NonNullable<FaultRule['method']>;
  readonly path: string;
}

const GUEST = '/nodes/pve1/qemu/101';
const CASES: readonly Case[] = [
  { name: 'a create', document: WEB, method: 'POST', path: '/nodes/pve1/qemu' },
  {
    name: 'a config write',
    before: WEB,
    document: `${WEB}memory: { size: 4GiB }\n`,
    method: 'PUT',
    path: `${GUEST}/config`,
  },
  {
    ...{ name: 'a new disk', before: `${WEB}disks: { scsi0: { size: 8GiB } }\n`, document: `${WEB}${DISKS}` },
    ...{ method: 'POST', path: `${GUEST}/config` },
  },
  {
    ...{ name: 'a resize', before: `${WEB}${DISKS}`, document: `${WEB}${DISKS.replace('4GiB', '6GiB')}` },
    ...{ method: 'PUT', path: `${GUEST}/resize` },
  },
  {
    name: 'a disk move',
    before: `${WEB}${DISKS}`,
    document: `${WEB}${DISKS.replace('{ size: 4GiB', '{ storage: local-lvm, size: 4GiB')}`,
    options: { allow: ['data-loss'] },
    ...{ method: 'POST', path: `${GUEST}/move_disk` },
  },
  { name: 'a start', before: WEB, document: `${WEB}power: running\n`, method: 'POST', path: `${GUEST}/status/start` },
  {
    ...{ name: 'a shutdown', before: WEB, running: true, document: `${WEB}power: stopped\n` },
    ...{ method: 'POST', path: `${GUEST}/status/shutdown`, options: { allow: ['restart'] } },
  },
  {
    ...{ name: 'a restart', before: WEB, running: true, document: `${WEB}cpu: { cores: 4 }\n` },
    ...{ method: 'POST', path: `${GUEST}/status/reboot`, options: { allow: ['restart'] } },
  },
  {
    ...{ name: 'a migration', before: WEB, document: `${WEB.replace('pve1', 'pve2')}onMoved: migrate\n` },
    ...{ method: 'POST', path: `${GUEST}/migrate`, options: { allow: ['migrate'] } },
  },
  { name: 'a template', before: WEB, document: `${WEB}template: true\n`, method: 'POST', path: `${GUEST}/template` },
  { name: 'a destroy', before: WEB, document: WEB, removal: true, method: 'DELETE', path: GUEST },
  {
    ...{ name: 'HA', before: WEB, document: WEB.replace('ha: false', 'ha: true') },
    ...{ method: 'POST', path: '/cluster/ha/resources' },
  },
  {
    ...{ name: 'HA taken away', before: WEB.replace('ha: false', 'ha: true'), document: WEB },
    ...{ method: 'DELETE', path: '/cluster/ha/resources/*' },
  },
  {
    ...{ name: 'a first firewall rule', before: WEB, method: 'POST', path: `${GUEST}/firewall/rules` },
    document: `${WEB}firewall: { rules: [{ action: ACCEPT, macro: SSH }] }\n`,
  },
  {
    ...{ name: 'an alias', before: WEB, method: 'POST', path: `${GUEST}/firewall/aliases` },
    document: `${WEB}firewall: { aliases: { office: 192.0.2.0/24 } }\n`,
  },
  {
    ...{ name: 'a set and its entry', before: WEB, method: 'POST', path: `${GUEST}/firewall/ipset/*` },
    document: `${WEB}firewall: { ipSets: { admins: { entries: [10.0.0.0/8] } } }\n`,
  },
];

const FAULTS: Readonly<Record<string, FaultRule>> = {
  'reset before its effect': { dropBefore: true },
  'reset after its effect': { dropAfter: true },
  '596 before its effect': { status: 596 },
  '596 after its effect': { status: 596, after: 'effect' },
  '599 after its effect': { status: 599, after: 'effect' },
  'not sent (595)': { status: 595 },
  'a busy guest': { status: 500, message: "can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout" },
  'a busy cluster': { status: 500, message: "cfs-lock 'file-user_cfg' error: got lock request timeout" },
};

/** Plans a case, with what is there before it. */
async function planOf({ before, running, document = WEB, removal, options }: Case) {
  if (before !== undefined) await harness.apply(before);
  if (running === true) await powerByHand(harness, 101, 'start');
  return removal === true
    ? await harness.removal(document, { allow: ['data-loss'] })
    : await harness.plan(document, options);
}

describe.each(CASES.map((one) => [one.name, one] as const))('R-22 R-25: %s', (_name, one) => {
  it.each(Object.entries(FAULTS))('that meets %s comes to its end, once', async (_fault, rule) => {
    const plan = await planOf(one);
    const { method, path } = one;
    harness.writes();
    harness.sandbox.failNext({ ...rule, method, path });
    const result = await harness.run(plan);
    expect(result.errors).toEqual([]);
    expect(result.outcome).toBe('ok');
    await harness.sandbox.settled();
    const sent = harness.writes().filter((write) => write.method === method && samePath(path, write.path));
    // Its effect was there: it is not sent again, but where that is the way to find out.
    expect(sent.length).toBeLessThanOrEqual(2);
    const params = sent.map((write) => JSON.stringify(write.params));
    if (rule.status !== 500 && rule.status !== 595) expect(new Set(params).size).toBe(1);
    if (one.removal === true) expect(await guestIds(harness)).toEqual([]);
    else expect(titlesOf(await harness.plan(one.document ?? WEB, one.options))).toEqual([]);
    const disks = (await volumesOf(harness)).filter((volid) => /disk-\d+$/.test(volid));
    expect(disks.every((volid) => one.removal !== true && harness.sandbox.guestConfig(101)?.includes(volid))).toBe(
      true,
    );
  });
});

function samePath(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

describe('R-22: a lost answer', () => {
  it('is reported with the step that was found done', async () => {
    const plan = await planOf({ ...(CASES[5] as Case) });
    harness.sandbox.failNext({ method: 'POST', path: `${GUEST}/status/start`, dropAfter: true });
    const events: ApplyEvent[] = [];
    await harness.run(plan, (event) => events.push(event));
    expect(events.find(({ type }) => type === 'step.finished')).toMatchObject({
      outcome: 'ok',
      warnings: ['the answer was lost; it was found done'],
    });
  });

  it('R-29: shows why its task failed, with the end of its log', async () => {
    const plan = await planOf({ ...(CASES[5] as Case) });
    harness.sandbox.failNext({
      ...{ method: 'POST', path: `${GUEST}/status/start`, dropAfter: true },
      taskError: 'start failed: QEMU exited with code 1',
    });
    const { outcome, errors } = await harness.run(plan);
    expect(outcome).toBe('failed');
    expect(errors[0]).toMatchObject({ code: 'TASK_FAILED' });
    expect(errors[0]?.details.join('\n')).toContain('TASK ERROR: start failed: QEMU exited with code 1');
  });

  it('R-3: of a create is not taken for ours where somebody else took the id at that moment', async () => {
    const plan = await harness.plan(WEB);
    harness.sandbox.failNext({ method: 'POST', path: '/nodes/pve1/qemu', isIdTaken: true, dropAfter: true });
    expect((await harness.run(plan)).outcome).toBe('ok');
    expect(harness.sandbox.guestConfig(101)).toContain('taken-by-another');
    expect(harness.sandbox.guestConfig(102)).toContain('vm/web-01%3A102');
    expect(await guestIds(harness)).toEqual([101, 102]);
  });

  it('R-2: of a create is found done by the mark, and no second guest is made', async () => {
    const plan = await harness.plan(WEB);
    harness.writes();
    harness.sandbox.failNext({ method: 'POST', path: '/nodes/pve1/qemu', dropAfter: true });
    expect((await harness.run(plan)).outcome).toBe('ok');
    expect(harness.writes().filter(({ path }) => path === '/nodes/pve1/qemu')).toHaveLength(1);
    expect(await guestIds(harness)).toEqual([101]);
  });

  it('R-19: of a config write is a conflict where somebody else wrote another value of the same key meanwhile', async () => {
    await harness.apply(WEB);
    const plan = await harness.plan(`${WEB}memory: { size: 4GiB }\n`);
    const { pve } = harness;
    let isFirst = true;
    const meddled: typeof pve = {
      ...pve,
      put: async (path, options) => {
        if (!isFirst) return await pve.put(path, options);
        isFirst = false;
        await pve.put(path, { params: { memory: '8192' } });
        harness.sandbox.failNext({ method: 'PUT', path: `${GUEST}/config`, dropBefore: true });
        return await pve.put(path, options);
      },
    };
    const { outcome, errors } = await harness.run(plan, () => undefined, undefined, meddled);
    expect(outcome).toBe('failed');
    expect(errors[0]?.code).toBe('STALE');
    expect(harness.sandbox.guestConfig(101)).toContain('memory: 8192');
  });

  it('R-24: a task that nobody knows any more is told by what it left', async () => {
    const plan = await planOf({ ...(CASES[5] as Case) });
    harness.sandbox.failNext({ method: 'POST', path: `${GUEST}/status/start`, worker: 'is-forgotten' });
    expect((await harness.run(plan)).outcome).toBe('ok');
  });

  it('R-25: a refusal that does not change by waiting fails at once, and is sent once', async () => {
    await harness.apply(WEB);
    const plan = await harness.plan(`${WEB}memory: { size: 4GiB }\n`);
    harness.writes();
    harness.sandbox.failNext({
      method: 'PUT',
      path: `${GUEST}/config`,
      status: 500,
      message: 'no such thing',
      times: 9,
    });
    const start = performance.now();
    expect((await harness.run(plan)).outcome).toBe('failed');
    expect(performance.now() - start).toBeLessThan(1000);
    expect(harness.writes()).toHaveLength(1);
  });
});
