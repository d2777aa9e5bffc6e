import { afterEach, beforeEach, expect, it } from 'vitest';
import { readStatus } from '../../src/engine/status.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { formatStatus } from '../../src/report/status-text.ts';
import { createTheme } from '../../src/report/theme.ts';
import { createVirtualClock, type VirtualClock } from '../../src/sandbox/virtual-clock.ts';
import { type Harness, startHarness } from '../harness.ts';
import { exportAndPlan } from './exporting.ts';
import { changesOf, configOf, createByHand, errorsOf, guestIds, titlesOf } from './guests.ts';

let harness: Harness;
let clock: VirtualClock;
beforeEach(async () => {
  clock = createVirtualClock(Date.parse('2026-08-01T08:00:10Z'));
  harness = await startHarness({ clock, taskTimeMs: 0 });
});
afterEach(() => harness.close());

const HOUR_MS = 3_600_000;
const BARE = 'kind: vm\nname: ci-01\nvmid: 200\nnode: pve1\nha: false\n';
const CI = `${BARE}description: for one job\nttl: 4h\n`;
const END = 'until 2026-08-01T12:01Z';
const MARK = 'pvevm:-:vm/ci-01:200';

it('R-4: the end is a placeholder in the plan, and filled in by the server’s clock in the create request', async () => {
  const plan = await harness.plan(CI);
  expect(JSON.stringify(await harness.plan(CI))).toBe(JSON.stringify(plan));
  const request = plan.resources[0]?.steps[0]?.request;
  expect(request?.params['description']).toBe(`for one job\n\n${MARK} until {until:4h}`);
  await clock.advance(HOUR_MS);
  harness.writes();
  await harness.run(plan);
  const [create] = harness.writes();
  expect(create).toMatchObject({ method: 'POST', path: '/nodes/pve1/qemu' });
  expect(create?.params).toMatchObject({ description: `for one job\n\n${MARK} until 2026-08-01T13:01Z` });
});

it('P2: an end that is there agrees with any lifetime, and with time that goes by', async () => {
  await harness.apply(CI);
  expect((await configOf(harness, 200))['description']).toBe(`for one job\n\n${MARK} ${END}`);
  await clock.advance(3 * HOUR_MS);
  expect(changesOf(await harness.plan(CI))).toEqual([]);
  expect(changesOf(await harness.plan(CI.replace('4h', '2d')))).toEqual([]);
});

it('an id that pvevm chooses is filled in beside the end', async () => {
  await harness.apply(CI.replace('vmid: 200\n', ''));
  expect((await configOf(harness, 101))['description']).toBe(`for one job\n\npvevm:-:vm/ci-01:101 ${END}`);
});

it('R-13: another description keeps the end; a document without ttl takes it away, and one with it adds it', async () => {
  await harness.apply(CI);
  harness.writes();
  await harness.apply(CI.replace('for one job', 'for two'));
  expect(harness.writes()).toMatchObject([{ method: 'PUT', params: { description: `for two\n\n${MARK} ${END}` } }]);
  const stays = CI.replace('for one job', 'for two').replace('ttl: 4h\n', '');
  expect(changesOf(await harness.plan(stays))).toEqual([['ttl', '2026-08-01T12:01Z', null]]);
  await harness.apply(stays);
  expect((await configOf(harness, 200))['description']).toBe(`for two\n\n${MARK}`);
  expect(changesOf(await harness.plan(`${stays}ttl: 2h\n`))).toEqual([['ttl', null, '2h']]);
  await harness.apply(`${stays}ttl: 2h\n`);
  expect((await configOf(harness, 200))['description']).toBe(`for two\n\n${MARK} until 2026-08-01T10:01Z`);
});

it('--renew moves the end, and nothing else', async () => {
  await harness.apply(CI);
  await clock.advance(2 * HOUR_MS);
  harness.writes();
  const plan = await harness.apply(CI, { renew: true });
  expect(changesOf(plan)).toEqual([['ttl', '2026-08-01T12:01Z', '4h']]);
  expect(harness.writes()).toMatchObject([
    { method: 'PUT', params: { description: `for one job\n\n${MARK} until 2026-08-01T14:01Z` } },
  ]);
  expect(changesOf(await harness.plan(CI))).toEqual([]);
});

it('ignore leaves an end as it is, whatever a default of the project says', async () => {
  await harness.apply(CI);
  const project = 'kind: project\ndefaults: { vm: { ttl: 1h } }\n';
  const ignoring = `${BARE}ignore: [ttl]\n`;
  expect(changesOf(await harness.plan(ignoring, { project }))).toEqual([]);
  await harness.apply(`${ignoring}description: for two\n`, { project });
  expect((await configOf(harness, 200))['description']).toBe(`for two\n\n${MARK} ${END}`);
  expect(changesOf(await harness.plan(`${BARE}ttl: null\n`, { project }))).toEqual([
    ['ttl', '2026-08-01T12:01Z', null],
  ]);
});

it('a clone has its own end in the request that makes it, and none of its source’s', async () => {
  await harness.apply('kind: vm\nname: tpl\nvmid: 900\nnode: pve1\nha: false\ntemplate: true\nttl: 1h\n');
  const clone = 'kind: vm\nname: ci-02\nnode: pve1\nha: false\nclone: { from: 900 }\n';
  await harness.apply(`${clone}ttl: 2h\n`);
  expect((await configOf(harness, 101))['description']).toBe('pvevm:-:vm/ci-02:101 until 2026-08-01T10:01Z');
  expect(changesOf(await harness.plan(`${clone}ttl: 2h\n`))).toEqual([]);
  await harness.apply(clone.replace('ci-02', 'ci-03'));
  expect((await configOf(harness, 102))['description']).toBe('pvevm:-:vm/ci-03:102');
});

it('a guest that carries a copied mark with an end is foreign', async () => {
  await createByHand(harness, 200, { name: 'ci-01', description: 'pvevm:-:vm/ci-01:100 until 2026-08-01T12:01Z' });
  expect(errorsOf(await harness.plan(BARE))).toMatchObject([{ code: 'FOREIGN_GUEST' }]);
});

it('adopting writes mark and end in one step; renaming keeps the end', async () => {
  await createByHand(harness, 200, { name: 'ci-01', description: 'mine' });
  const adopted = 'kind: vm\nname: ci-01\nvmid: 200\ndefaults: none\nttl: 1h\n';
  const plan = await harness.apply(adopted, { adopt: true });
  expect(titlesOf(plan)[0]).toBe('mark as pvevm’s own');
  expect((await configOf(harness, 200))['description']).toBe(`mine\n\n${MARK} until 2026-08-01T09:01Z`);
  const renamed = adopted.replace('name: ci-01', 'name: ci-09\nrenamedFrom: ci-01');
  await harness.apply(renamed);
  expect((await configOf(harness, 200))['description']).toBe('mine\n\npvevm:-:vm/ci-09:200 until 2026-08-01T09:01Z');
});

it('R-42: a create whose answer is lost, carried out again, makes no twin though the end is another', async () => {
  const yaml = CI.replace('vmid: 200\n', '');
  const plan = await harness.plan(yaml);
  await harness.run(plan);
  await clock.advance(HOUR_MS);
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  expect(await guestIds(harness)).toEqual([101]);
});

it('a user’s own text that looks like an end stays', async () => {
  const text = 'see you {until:4h}';
  await harness.apply(`${BARE}description: "${text}"\n`);
  expect((await configOf(harness, 200))['description']).toBe(`${text}\n\n${MARK}`);
});

it('without marks there is no lifetime', async () => {
  const plan = await harness.plan(CI, { project: 'kind: project\nmark: none\n' });
  expect(errorsOf(plan)).toMatchObject([{ code: 'SPEC_INVALID', pointer: '/ttl' }]);
});

it('P2: the export of a guest with an end leaves the end alone, and plans empty', async () => {
  await harness.apply(CI);
  const { yaml, plan } = await exportAndPlan(harness.pve, ['200'], { project: 'kind: project\n' });
  expect(yaml).toContain('ttl');
  expect(yaml).not.toContain('until');
  expect([changesOf(plan), errorsOf(plan)]).toEqual([[], []]);
});

it('status says when a guest’s time is over', async () => {
  await harness.apply(CI);
  await clock.advance(HOUR_MS);
  const { range } = { range: { file: 'ci.yaml', line: 1, column: 1, length: 1 } };
  const resource = { address: 'vm/ci-01', kind: 'vm', name: 'ci-01', range, spec: { vmid: 200, ttl: '4h' } } as const;
  const look = () =>
    readStatus({
      ...{ resources: [{ ...resource, origins: new Map() }], project: { stack: null, mark: 'full' } },
      ...{ pve: harness.pve, user: harness.pve.user, clock: systemClock },
    });
  expect((await look()).resources).toMatchObject([{ until: '2026-08-01T12:01Z', secondsLeft: 3 * 3600 + 50 }]);
  const theme = createTheme(false);
  expect(formatStatus(await look(), { theme })).toContain('in 3h');
  await clock.advance(4 * HOUR_MS);
  expect(formatStatus(await look(), { theme })).toContain('is over');
});
