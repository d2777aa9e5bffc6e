import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, errorsOf, powerByHand, powerOf, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\n';

const haOf = (vmid = 101): Promise<unknown> => harness.pve.get(`/cluster/ha/resources/vm:${vmid}`);

it('R-58: a new guest is registered with HA as stopped, and is not started', async () => {
  await harness.apply(WEB);
  expect(await haOf()).toMatchObject({ state: 'stopped' });
  expect(await powerOf(harness, 101)).toBe('stopped');
});

it('R-58: with power: running, a new guest is registered as started, and runs', async () => {
  await harness.apply(`${WEB}power: running\n`);
  expect(await haOf()).toMatchObject({ state: 'started' });
  expect(await powerOf(harness, 101)).toBe('running');
});

it.each(['running', 'stopped'] as const)('R-58: registering a %s guest leaves it %s', async (power) => {
  await harness.apply(`${WEB}ha: false\n`);
  if (power === 'running') await powerByHand(harness, 101, 'start');
  await harness.apply(`${WEB}ha: true\n`);
  expect(await haOf()).toMatchObject({ state: power === 'running' ? 'started' : 'stopped' });
  expect(await powerOf(harness, 101)).toBe(power);
});

it('R-58: registering with another state than the guest’s own power is an error unless power is written', async () => {
  await harness.apply(`${WEB}ha: false\n`);
  const yaml = `${WEB}ha: { state: started }\n`;
  const plan = await harness.plan(yaml);
  expect(errorsOf(plan)).toMatchObject([{ code: 'SPEC_INVALID', pointer: '/ha/state' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('power: running');
  await harness.apply(`${yaml}power: running\n`);
  expect(await powerOf(harness, 101)).toBe('running');
});

it('R-58: registering a new guest as started is an error unless power is written', async () => {
  expect(errorsOf(await harness.plan(`${WEB}ha: { state: started }\n`))).toMatchObject([{ code: 'SPEC_INVALID' }]);
});

it.each([
  ['start', 'stop'],
  ['stop', 'start'],
] as const)('R-58: a guest whose power changed by hand since the plan (%s) is not registered', async (_, action) => {
  await harness.apply(`${WEB}ha: false\n`);
  if (action === 'stop') await powerByHand(harness, 101, 'start');
  const plan = await harness.plan(`${WEB}ha: true\n`);
  await powerByHand(harness, 101, action);
  harness.writes();
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  expect(harness.writes()).toEqual([]);
});

it('the HA state is compared only where power or ha.state is written', async () => {
  await harness.apply(`${WEB}ha: true\n`);
  await harness.pve.put('/cluster/ha/resources/vm:101', { params: { state: 'started' } });
  await harness.sandbox.settled();
  expect(titlesOf(await harness.plan(`${WEB}ha: true\n`))).toEqual([]);
  expect(titlesOf(await harness.plan(`${WEB}ha: true\npower: stopped\n`))).toEqual([
    'change HA state',
    'wait until HA has stopped it',
  ]);
});

it('R-30: stopping a guest asks it to shut down', async () => {
  await harness.apply(`${WEB}ha: false\npower: running\n`);
  harness.writes();
  await harness.apply(`${WEB}ha: false\npower: stopped\n`);
  expect(harness.writes()).toMatchObject([{ method: 'POST', path: '/nodes/pve2/qemu/101/status/shutdown' }]);
  expect(await powerOf(harness, 101)).toBe('stopped');
});

it('stopping an HA guest changes the HA state', async () => {
  await harness.apply(`${WEB}power: running\n`);
  harness.writes();
  await harness.apply(`${WEB}power: stopped\n`);
  expect(harness.writes()).toMatchObject([{ method: 'PUT', params: { state: 'stopped' } }]);
  expect(await powerOf(harness, 101)).toBe('stopped');
});

it('R-31: without power in the spec, no plan and no apply asks for or changes power', async () => {
  await harness.apply(`${WEB}ha: false\n`);
  const from = harness.sandbox.requests.length;
  await harness.apply(`${WEB}ha: false\ndescription: Shop\n`);
  const asked = harness.sandbox.requests.slice(from).map(({ path }) => path);
  expect(asked.filter((path) => path.includes('/status'))).toEqual(['/cluster/status']);
  expect(await powerOf(harness, 101)).toBe('stopped');
});

it('ha: false takes a guest out of HA, and its power stays', async () => {
  await harness.apply(`${WEB}power: running\n`);
  await harness.apply(`${WEB}ha: false\n`);
  await expect(haOf()).rejects.toThrow('no such resource');
  expect(await powerOf(harness, 101)).toBe('running');
});

it('HA options are changed by themselves, and power is not touched', async () => {
  await harness.apply(`${WEB}ha: { maxRestart: 2, comment: one }\n`);
  harness.writes();
  await harness.apply(`${WEB}ha: { maxRestart: 3, comment: one }\n`);
  expect(harness.writes()).toMatchObject([{ method: 'PUT', params: { max_restart: '3' } }]);
  expect(await haOf()).toMatchObject({ state: 'stopped', max_restart: 3, comment: 'one' });
});

it('on local storage the default registers nothing, and says so once', async () => {
  const yaml = `${WEB}disks: { scsi0: { storage: local-lvm } }\n`;
  const plan = await harness.apply(yaml);
  expect(plan.diagnostics).toMatchObject([{ severity: 'note', summary: 'not registered with high availability' }]);
  await expect(haOf()).rejects.toThrow('no such resource');
  expect(await configOf(harness, 101)).toMatchObject({ name: 'web-01' });
});
