import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingConsent } from '../../src/engine/consent.ts';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, errorsOf, guestIds, powerOf, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const RUNS = `${WEB}power: running\n`;
const STOPPED = `${WEB}power: stopped\n`;
const STATUS = '/nodes/pve1/qemu/101/status';

const pauseByHand = async (params: Record<string, number> = {}): Promise<void> => {
  await harness.pve.post(`${STATUS}/suspend`, { params });
  await harness.sandbox.settled();
};
const qmpOf = async (): Promise<unknown> =>
  ((await harness.pve.get(`${STATUS}/current`)) as Record<string, unknown>)['qmpstatus'];

describe('R-30: stopping', () => {
  it('R-30: a guest is asked, has 5 minutes, and no hard stop is in the request', async () => {
    await harness.apply(RUNS);
    harness.writes();
    const plan = await harness.apply(STOPPED);
    expect(harness.writes()).toEqual([{ method: 'POST', path: `${STATUS}/shutdown`, params: { timeout: '300' } }]);
    expect(plan.resources[0]?.steps[0]?.await).toEqual({ for: 'task', timeoutMs: 360_000 });
    expect(missingConsent(plan, new Set())).toEqual([]);
  });

  it('R-30: a guest that does not follow runs on, and the failure names the hard stop', async () => {
    await harness.apply(RUNS);
    const taskError = 'VM quit/powerdown failed - got timeout';
    harness.sandbox.failNext({ method: 'POST', path: `${STATUS}/shutdown`, taskError });
    const result = await harness.run(await harness.plan(STOPPED));
    expect(result).toMatchObject({ outcome: 'failed', errors: [{ code: 'TASK_FAILED' }] });
    expect(result.errors[0]?.hints[0]).toContain('--allow hard-stop');
    expect(await powerOf(harness, 101)).toBe('running');
    // What failed is done by the next run.
    await harness.apply(STOPPED);
    expect(await powerOf(harness, 101)).toBe('stopped');
  });

  it('R-30: the hard stop is in the request where it is allowed, and needs that of a saved plan too', async () => {
    await harness.apply(RUNS);
    const plan = await harness.plan(STOPPED, { allow: ['hard-stop'] });
    expect(plan.resources[0]?.steps).toMatchObject([
      {
        title: 'shut down; stop hard after 5 min',
        needs: ['hard-stop'],
        request: { params: { timeout: 300, forceStop: 1 } },
      },
    ]);
    expect(missingConsent(plan, new Set())).toMatchObject([{ code: 'CONSENT' }]);
    expect(missingConsent(plan, new Set(['hard-stop']))).toEqual([]);
    harness.writes();
    await harness.run(plan);
    expect(harness.writes()).toMatchObject([{ params: { timeout: '300', forceStop: '1' } }]);
  });

  it.each([
    ['startup: { down: 90s }\n', 90],
    ['startup: { down: 90s }\ntimeouts: { shutdown: 3m }\n', 180],
  ])('R-30: a guest has the time that its document says: %j', async (more, seconds) => {
    await harness.apply(`${RUNS}${more}`);
    const plan = await harness.plan(`${STOPPED}${more}`);
    expect(plan.resources[0]?.steps.at(-1)?.request?.params).toEqual({ timeout: seconds });
  });

  it('R-30: a paused guest cannot be asked: that is an error, unless a hard stop is allowed', async () => {
    await harness.apply(RUNS);
    await pauseByHand();
    const plan = await harness.plan(STOPPED);
    expect(errorsOf(plan)).toMatchObject([
      { code: 'CONSENT', summary: 'a paused guest cannot shut down', pointer: '/power' },
    ]);
    expect(errorsOf(plan)[0]?.detail).toContain('--allow hard-stop');
    await harness.apply(STOPPED, { allow: ['hard-stop'] });
    expect(await powerOf(harness, 101)).toBe('stopped');
  });

  it('R-30: a guest without ACPI and agent is warned of', async () => {
    const deaf = 'system: { acpi: false, agent: false }\n';
    await harness.apply(`${RUNS}${deaf}`);
    const plan = await harness.plan(`${STOPPED}${deaf}`);
    expect(plan.diagnostics).toMatchObject([
      { severity: 'warning', summary: 'the guest cannot be asked to shut down' },
    ]);
    const forced = await harness.plan(`${STOPPED}${deaf}`, { allow: ['hard-stop'] });
    expect(forced.diagnostics).toEqual([]);
  });

  it('R-30: HA stops hard after a minute, so that stopping an HA guest needs that allowed', async () => {
    const web = 'kind: vm\nname: web-01\nha: true\n';
    await harness.apply(`${web}power: running\n`);
    const plan = await harness.plan(`${web}power: stopped\n`);
    expect(plan.diagnostics).toMatchObject([{ severity: 'warning', summary: 'HA stops guests hard' }]);
    expect(missingConsent(plan, new Set())).toMatchObject([{ code: 'CONSENT' }]);
    expect(missingConsent(plan, new Set(['hard-stop']))).toEqual([]);
    // Registering a running guest as it is does not stop it.
    await harness.apply(`${web.replace('true', 'false')}power: running\n`);
    expect(missingConsent(await harness.plan(`${web}power: running\n`), new Set())).toEqual([]);
  });

  it('R-30: destroying asks the guest to shut down, with a hard stop where that is allowed', async () => {
    const web = `${RUNS}timeouts: { shutdown: 20s, destroy: 5m }\n`;
    await harness.apply(web);
    const plan = await harness.removal(web);
    expect(plan.resources[0]?.steps.map(({ request, await: waits }) => [request?.params, waits.timeoutMs])).toEqual([
      [{ timeout: 20 }, 80_000],
      [undefined, 300_000],
      [{ purge: 1, 'destroy-unreferenced-disks': 0 }, 300_000],
    ]);
    await pauseByHand();
    expect(errorsOf(await harness.removal(web))).toMatchObject([{ code: 'CONSENT' }]);
    expect(await harness.run(await harness.removal(web, { allow: ['hard-stop'] }))).toMatchObject({ outcome: 'ok' });
    expect(await guestIds(harness)).toEqual([]);
  });
});

it('a guest that is suspended to disk is destroyed as it is', async () => {
  await harness.apply(RUNS);
  await pauseByHand({ todisk: 1 });
  expect(await harness.run(await harness.removal(RUNS))).toMatchObject({ outcome: 'ok' });
  expect(await guestIds(harness)).toEqual([]);
});

describe('R-31: running', () => {
  it('R-31: a paused guest is resumed, and then the plan is empty', async () => {
    await harness.apply(RUNS);
    await pauseByHand();
    const plan = await harness.apply(RUNS);
    expect(titlesOf(plan)).toEqual(['resume (it is paused)']);
    expect(plan.resources[0]?.changes).toMatchObject([{ path: 'power', before: 'paused', after: 'running' }]);
    expect(await qmpOf()).toBe('running');
    expect(titlesOf(await harness.plan(RUNS))).toEqual([]);
  });

  it('R-31: a guest that is suspended to disk goes on from there', async () => {
    await harness.apply(RUNS);
    await pauseByHand({ todisk: 1 });
    expect(await configOf(harness, 101)).toMatchObject({ lock: 'suspended' });
    expect(titlesOf(await harness.plan(STOPPED))).toEqual([]);
    harness.writes();
    expect(titlesOf(await harness.apply(RUNS))).toEqual(['resume from disk']);
    expect(harness.writes()).toMatchObject([{ path: `${STATUS}/start` }]);
    expect(await configOf(harness, 101)).not.toHaveProperty('lock');
    expect(titlesOf(await harness.plan(RUNS))).toEqual([]);
  });

  it('R-31: a guest that is suspended to disk takes no other change, and the plan says so', async () => {
    await harness.apply(RUNS);
    await pauseByHand({ todisk: 1 });
    const plan = await harness.plan(`${RUNS}description: Shop\n`);
    expect(errorsOf(plan)).toMatchObject([{ code: 'LOCKED', summary: 'the guest is suspended to disk' }]);
  });

  it('R-31: without power in the document, nothing asks what the guest is doing, and a paused one stays so', async () => {
    await harness.apply(RUNS);
    await pauseByHand();
    const from = harness.sandbox.requests.length;
    expect(titlesOf(await harness.plan(WEB))).toEqual([]);
    expect(harness.sandbox.requests.slice(from).filter(({ params }) => params['full'] !== undefined)).toEqual([]);
  });

  it('a start has the time that its document says', async () => {
    await harness.apply(WEB);
    const plan = await harness.apply(`${RUNS}timeouts: { start: 10m }\n`);
    expect(plan.resources[0]?.steps).toMatchObject([
      { request: { params: { timeout: 600 } }, await: { timeoutMs: 630_000 } },
    ]);
  });
});

it('what a document gives a step of time is what the plan waits', async () => {
  const yaml = `${WEB}timeouts: { create: 2h, config: 7m, resize: 3m, move: 4h }\ndisks: { scsi0: { size: 1GiB } }\n`;
  const created = await harness.apply(yaml);
  expect(created.resources[0]?.steps[0]).toMatchObject({ title: 'create', await: { timeoutMs: 7_200_000 } });
  const grown = yaml.replace('1GiB', '2GiB, storage: local-lvm');
  const plan = await harness.plan(`${grown.replace('{ scsi0', '{ scsi1: { size: 1GiB }, scsi0')}`);
  expect(plan.resources[0]?.steps.map(({ await: waits }) => waits.timeoutMs)).toEqual([14_400_000, 180_000, 420_000]);
});
