import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { errorsOf, powerOf, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const WAITS = `${WEB}power: running\nwaitFor: { agent: 5s, address: net0 }\n`;
const AGENT = '/nodes/pve1/qemu/101/agent';
const QUIET = { status: 500, message: 'QEMU guest agent is not running' };

const agentReads = (): readonly string[] =>
  harness.sandbox.requests
    .filter(({ path }) => path.includes('/agent/'))
    .map(({ method, path }) => `${method} ${path}`);

it('P1: a new guest that runs is waited for, with reads alone', async () => {
  const plan = await harness.apply(WAITS);
  expect(titlesOf(plan).slice(-3)).toEqual(['start', 'wait for the guest agent', 'wait for an address on net0']);
  expect(agentReads()).toEqual([`GET ${AGENT}/info`, `GET ${AGENT}/network-get-interfaces`]);
  expect(titlesOf(await harness.plan(WAITS))).toEqual([]);
});

it('a guest that an update starts, restarts or resumes is waited for', async () => {
  const waits = WAITS.replace(', address: net0', '');
  await harness.apply(WEB);
  expect(titlesOf(await harness.plan(waits))).toEqual(['start', 'wait for the guest agent']);
  await harness.apply(waits);
  const restart = await harness.plan(`${waits}cpu: { cores: 4 }\n`, { allow: ['restart'] });
  expect(titlesOf(restart).slice(-3)).toEqual(['restart', 'wait until it runs again', 'wait for the guest agent']);
  await harness.pve.post('/nodes/pve1/qemu/101/status/suspend');
  await harness.sandbox.settled();
  expect(titlesOf(await harness.plan(waits))).toEqual(['resume (it is paused)', 'wait for the guest agent']);
});

it('an agent that comes up late is waited for', async () => {
  harness.sandbox.failNext({ method: 'GET', path: `${AGENT}/info`, times: 3, ...QUIET });
  await harness.apply(WAITS);
  expect(agentReads().filter((read) => read.endsWith('/info')).length).toBeGreaterThan(3);
});

it('a guest without an answer in time fails the run with what was seen, and runs on', async () => {
  const yaml = WAITS.replace('5s', '1s');
  harness.sandbox.failNext({ method: 'GET', path: `${AGENT}/info`, times: 100_000, ...QUIET });
  const clockless = await harness.run(await harness.plan(yaml));
  expect(clockless).toMatchObject({ outcome: 'failed', wrote: true, errors: [{ code: 'TIMEOUT' }] });
  expect(clockless.errors[0]?.message).toContain('does not answer by its agent');
  expect(clockless.errors[0]?.details.join()).toContain('QEMU guest agent is not running');
  expect(await powerOf(harness, 101)).toBe('running');
});

it('what waiting asks of the guest is an error of the plan: an interface, the agent, a privilege', async () => {
  const other = await harness.plan(WAITS.replace('net0', 'net5'));
  expect(errorsOf(other)).toMatchObject([{ code: 'SPEC_INVALID', pointer: '/waitFor/address' }]);
  await harness.apply(`${WEB}system: { agent: false }\n`);
  const none = `kind: vm\nname: web-01\nvmid: 101\ndefaults: none\ndisks: {}\nnetwork: {}\npower: running\nwaitFor: { agent: 5s }\n`;
  expect(errorsOf(await harness.plan(none))).toMatchObject([{ code: 'IMPOSSIBLE', summary: 'the guest agent is off' }]);
});

it.each([
  ['8.4', 'VM.Monitor'],
  ['9.2', 'VM.GuestAgent.Audit or VM.GuestAgent.Unrestricted'],
] as const)('R-21: on Proxmox VE %s, waiting needs %s', async (version, named) => {
  await harness.close();
  harness = await startHarness({ version });
  const pve = { ...harness.pve, get: harness.pve.get };
  // A token that may do everything but ask the agent.
  const reader: typeof harness.pve = {
    ...pve,
    get: async (path, ...rest) => {
      const answer = await harness.pve.get(path, ...rest);
      if (path !== '/access/permissions') return answer;
      const all = answer as Record<string, Record<string, number>>;
      return Object.fromEntries(
        Object.entries(all).map(([at, privileges]) => [
          at,
          Object.fromEntries(Object.entries(privileges).filter(([name]) => !/^VM\.(Monitor|GuestAgent)/.test(name))),
        ]),
      );
    },
  };
  const errors = errorsOf(await harness.plan(WAITS, { pve: reader }));
  expect(errors).toMatchObject([{ code: 'PERMISSION', pointer: '/waitFor' }]);
  expect(errors[0]?.detail).toContain(named);
});
