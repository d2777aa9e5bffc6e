import { afterEach, beforeEach, expect, it } from 'vitest';
import { missingConsent } from '../../src/engine/consent.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, errorsOf, powerByHand, powerOf, titlesOf } from './guests.ts';

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

it('without quorum the default registers nothing, and says why', async () => {
  const get: Harness['pve']['get'] = async (path, options) => {
    const rows = await harness.pve.get(path, options);
    if (path !== '/cluster/status') return rows;
    return (rows as { type: string }[]).map((row) => (row.type === 'cluster' ? { ...row, quorate: 0 } : row));
  };
  const plan = await harness.plan(WEB, { pve: { ...harness.pve, get } });
  expect(changesOf(plan).map(([path]) => path)).not.toContain('ha');
  expect(plan.diagnostics.map(({ detail }) => detail).join('\n')).toContain('fewer than three quorate nodes');
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

it('a registration that says no state is one of a guest that runs', async () => {
  await harness.apply(`${WEB}ha: false\npower: running\n`);
  await harness.pve.post('/cluster/ha/resources', { params: { sid: 'vm:101' } });
  await harness.sandbox.settled();
  expect(await haOf()).not.toHaveProperty('state');
  expect(titlesOf(await harness.plan(`${WEB}ha: true\npower: running\n`))).toEqual([]);
});

it.each(['stopped', 'disabled'])(
  'R-30: HA that brings a running guest to %s stops it hard, which is to be allowed',
  async (state) => {
    await harness.apply(`${WEB}power: running\n`);
    const plan = await harness.plan(`${WEB}ha: { state: ${state} }\npower: stopped\n`);
    expect(plan.resources[0]?.steps[0]).toMatchObject({ title: 'change HA state', needs: ['hard-stop'] });
    expect(missingConsent(plan, new Set(['restart']))).toHaveLength(1);
  },
);

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

it.each([
  ['ha: true', 'register HA (stopped)'],
  ['ha: { state: disabled }', 'register HA (disabled)'],
] as const)(
  'R-30 R-58: %s and power: stopped, a running guest is asked to shut down before HA has it',
  async (ha, title) => {
    await harness.apply(`${WEB}ha: false\npower: running\n`);
    const yaml = `${WEB}${ha}\npower: stopped\n`;
    const plan = await harness.plan(yaml);
    expect(plan.diagnostics).toEqual([]);
    expect(titlesOf(plan)).toEqual(['shut down', title]);
    expect(JSON.stringify(plan.resources[0]?.changes)).not.toContain('HA shuts');
    expect(missingConsent(plan, new Set())).toEqual([]);
    harness.writes();
    expect(await harness.run(plan)).toMatchObject({ outcome: 'ok' });
    expect(harness.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /nodes/pve2/qemu/101/status/shutdown',
      'POST /cluster/ha/resources',
    ]);
    await harness.sandbox.settled();
    expect(await powerOf(harness, 101)).toBe('stopped');
    expect(titlesOf(await harness.plan(yaml))).toEqual([]);
  },
);

it('R-30: a running guest that HA ignores is asked to shut down before HA is to keep it stopped', async () => {
  await harness.apply(`${WEB}power: running\n`);
  await harness.pve.put('/cluster/ha/resources/vm:101', { params: { state: 'ignored' } });
  const yaml = `${WEB}ha: true\npower: stopped\n`;
  const plan = await harness.plan(yaml);
  expect(titlesOf(plan)).toEqual(['shut down', 'change HA state']);
  expect(missingConsent(plan, new Set())).toEqual([]);
  await harness.apply(yaml);
  expect(await powerOf(harness, 101)).toBe('stopped');
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('R-30: a guest that somebody starts again before it is registered as stopped is not powered off', async () => {
  await harness.apply(`${WEB}ha: false\npower: running\n`);
  const plan = await harness.plan(`${WEB}ha: true\npower: stopped\n`);
  const client: PveClient = {
    ...harness.pve,
    post: async (path, options) => {
      const answer = await harness.pve.post(path, options);
      await harness.sandbox.settled();
      if (path.endsWith('/status/shutdown')) await powerByHand(harness, 101, 'start');
      return answer;
    },
  };
  const started = await harness.run(plan, undefined, undefined, client);
  expect(started).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  expect(await powerOf(harness, 101)).toBe('running');
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

it('R-55: an HA option that means the same as absence is not sent, and null removes one', async () => {
  const plain = 'ha: { maxRestart: 1, maxRelocate: 1, failback: true, comment: "" }';
  await harness.apply(`${WEB}${plain}\n`);
  expect(Object.keys((await haOf()) as object).sort()).toEqual(['digest', 'sid', 'state', 'type']);
  await harness.apply(`${WEB}ha: { maxRestart: 2, failback: false, comment: one }\n`);
  harness.writes();
  const removed = `${WEB}ha: { maxRestart: null, failback: null, comment: null }\n`;
  await harness.apply(removed);
  expect(harness.writes()).toMatchObject([{ method: 'PUT', params: { delete: 'max_restart,failback,comment' } }]);
  expect(changesOf(await harness.plan(removed))).toEqual([]);
  expect(changesOf(await harness.plan(`${WEB}${plain}\n`))).toEqual([]);
});

it('the plan tells the power of an HA guest and the state that HA keeps apart, and warns where that is written', async () => {
  await harness.apply(`${WEB}power: running\n`);
  const plan = await harness.plan(`${WEB}power: stopped\n`);
  expect(changesOf(plan)).toEqual([
    ['power', 'running', 'stopped'],
    ['ha.state', 'started', 'stopped'],
  ]);
  const written = await harness.plan(`${WEB}ha: { state: stopped }\n`);
  expect(written.diagnostics).toMatchObject([{ summary: 'HA stops guests hard', pointer: '/ha/state' }]);
});

it('on local storage the default registers nothing, and says so once', async () => {
  const yaml = `${WEB}disks: { scsi0: { storage: local-lvm } }\n`;
  const plan = await harness.apply(yaml);
  expect(plan.diagnostics).toMatchObject([{ severity: 'note', summary: 'not registered with high availability' }]);
  await expect(haOf()).rejects.toThrow('no such resource');
  expect(await configOf(harness, 101)).toMatchObject({ name: 'web-01' });
});

it('says of a storage that the node does not show nothing but that, where the HA default looks at it', async () => {
  const { diagnostics } = await harness.plan(`${WEB}node: pve1\ndisks: { scsi0: { storage: nowhere } }\n`);
  expect(diagnostics.find(({ severity }) => severity === 'note')?.detail).toBe(
    'The default registers a guest with HA only where that can work: scsi0 is on nowhere, which pve1 does not show. Write ha: true or ha: false to decide.',
  );
});

const rulesOf = async (on: Harness): Promise<readonly unknown[]> =>
  ((await on.pve.get('/cluster/ha/rules')) as { rule: string; resources: string }[]).map(({ rule, resources }) => [
    rule,
    resources,
  ]);

async function withRules(): Promise<void> {
  for (const name of ['db-01', 'db-02']) await harness.apply(`kind: vm\nname: ${name}\nha: true\n`);
  for (const [rule, resources] of [
    ['on-front', 'vm:101'],
    ['on-back', 'vm:101,vm:102'],
  ]) {
    const params = { rule: rule ?? '', type: 'node-affinity', resources: resources ?? '', nodes: 'pve1:2,pve2' };
    await harness.pve.post('/cluster/ha/rules', { params });
    if (rule === 'on-front')
      await harness.pve.put(`/cluster/ha/rules/${rule}`, { params: { type: 'node-affinity', disable: 1 } });
  }
}

it('HA rules are joined and left as a set, each with all its resources; a new guest joins after it is registered', async () => {
  await withRules();
  harness.writes();
  const yaml = `${WEB}ha: { rules: [on-front] }\n`;
  const plan = await harness.apply(yaml);
  expect(titlesOf(plan).slice(-2)).toEqual(['register HA (stopped)', 'join HA rule on-front']);
  expect(harness.writes().at(-1)).toMatchObject({
    method: 'PUT',
    path: '/cluster/ha/rules/on-front',
    params: { type: 'node-affinity', resources: 'vm:101,vm:103', digest: expect.stringMatching(/^[0-9a-f]{40}$/) },
  });
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
  await harness.apply(`${WEB}ha: { rules: [] }\n`);
  expect(await rulesOf(harness)).toEqual([
    ['on-front', 'vm:101'],
    ['on-back', 'vm:101,vm:102'],
  ]);
});

it('an HA rule that does not exist is an error with those that do, and so is one that would name nothing', async () => {
  await withRules();
  const plan = await harness.plan(`${WEB}ha: { rules: [on-frnt] }\n`);
  expect(errorsOf(plan)).toMatchObject([{ code: 'MISSING', pointer: '/ha/rules' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('on-back, on-front');
  const leaving = await harness.plan('kind: vm\nname: db-01\nha: { rules: [on-back] }\n');
  expect(errorsOf(leaving)).toMatchObject([{ code: 'IMPOSSIBLE', pointer: '/ha/rules' }]);
});

it('an HA rule that somebody changes between plan and apply is a conflict', async () => {
  await withRules();
  await harness.apply(`${WEB}ha: true\n`);
  const plan = await harness.plan(`${WEB}ha: { rules: [on-back] }\n`);
  const params = { type: 'node-affinity', resources: 'vm:101' };
  await harness.pve.put('/cluster/ha/rules/on-back', { params });
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  expect(await rulesOf(harness)).toContainEqual(['on-back', 'vm:101']);
});

it('HA groups are of 8.4 and older, HA rules of 9.0 and newer', async () => {
  expect(errorsOf(await harness.plan(`${WEB}ha: { group: front }\n`))).toMatchObject([{ pointer: '/ha/group' }]);
  await harness.close();
  harness = await startHarness({ version: '8.4' });
  expect(errorsOf(await harness.plan(`${WEB}ha: { rules: [on-front] }\n`))).toMatchObject([{ pointer: '/ha/rules' }]);
  const missing = await harness.plan(`${WEB}ha: { group: front }\n`);
  expect(errorsOf(missing)).toMatchObject([{ code: 'MISSING', pointer: '/ha/group' }]);
  await harness.pve.post('/cluster/ha/groups', { params: { group: 'front', nodes: 'pve1' } });
  await harness.apply(`${WEB}ha: { group: front }\n`);
  expect(await haOf()).toMatchObject({ group: 'front', state: 'stopped' });
  expect(titlesOf(await harness.plan(`${WEB}ha: { group: front }\n`))).toEqual([]);
  harness.writes();
  await harness.apply(`${WEB}ha: { group: null }\n`);
  expect(harness.writes()).toMatchObject([{ method: 'PUT', params: { delete: 'group' } }]);
});
