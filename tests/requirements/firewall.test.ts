import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, errorsOf, powerByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web-01\nha: false\n';
const root = '/nodes/pve2/qemu/101/firewall';
const read = (path: string): Promise<unknown> => harness.pve.get(`${root}/${path}`);
const byHand = (path: string, params: Record<string, string | number>): Promise<unknown> =>
  harness.pve.post(`${root}/${path}`, { params });

const FULL = `${WEB}firewall:
  enabled: true
  policyIn: DROP
  policyOut: ACCEPT
  logLevelIn: warning
  ipFilter: true
  aliases:
    Office: { cidr: 192.0.2.0/24, comment: the office }
    host: 10.0.0.1/32
  ipSets:
    Admins:
      comment: who may log in
      entries: [office, 10.0.0.0/8, { cidr: 10.0.0.5, noMatch: true, comment: not this one }]
  rules:
    - { action: ACCEPT, macro: ssh, source: +Admins, comment: 'log in #1' }
    - { action: ACCEPT, protocol: 6, dport: [443, 80, '8000:8010'], log: nolog }
    - { action: DROP, protocol: icmp, icmpType: echo-request, iface: net0, log: info, enabled: false }
    - { direction: out, action: REJECT, dest: [10.0.0.9/32, 10.0.0.8] }
`;

it.each(['7.4', '8.4', '9.2'] as const)('R-9: on Proxmox VE %s a firewall, applied, plans empty', async (version) => {
  await harness.close();
  harness = await startHarness({ version });
  await harness.apply(FULL);
  const again = await harness.plan(FULL);
  expect(changesOf(again)).toEqual([]);
  expect(titlesOf(again)).toEqual([]);
  expect(await read('rules')).toMatchObject([
    { type: 'in', action: 'ACCEPT', macro: 'SSH', source: '+admins', enable: 1, comment: 'log in #1' },
    { proto: 'tcp', dport: '80,443,8000:8010', enable: 1 },
    { action: 'DROP', proto: 'icmp', 'icmp-type': 'echo-request', iface: 'net0', log: 'info', enable: 0 },
    { type: 'out', action: 'REJECT', dest: '10.0.0.8,10.0.0.9' },
  ]);
  expect(await read('options')).toMatchObject({ enable: 1, ipfilter: 1, log_level_in: 'warning' });
  expect(await read('aliases')).toMatchObject([
    { name: 'host', cidr: '10.0.0.1' },
    { name: 'office', cidr: '192.0.2.0/24', comment: 'the office' },
  ]);
  expect(await read('ipset')).toMatchObject([{ name: 'admins', comment: 'who may log in' }]);
});

it('P1: the plan’s requests are the writes, and a new guest has its firewall before it starts', async () => {
  const plan = await harness.plan(`${FULL}power: running\n`);
  harness.writes();
  await harness.run(plan);
  const steps = plan.resources[0]?.steps.flatMap(({ request }) => (request === undefined ? [] : [request]));
  const placed = (path: string): string => path.replace('{vmid}', '101');
  expect(harness.writes().map(({ method, path }) => `${method} ${path}`)).toEqual(
    steps?.map(({ method, path }) => `${method} ${placed(path)}`),
  );
  const titles = titlesOf(plan);
  expect(titles.at(-1)).toBe('start');
  expect(titles.slice(0, 3)).toEqual(['create', 'set serial console', 'firewall: add alias office']);
});

it('R-40: a rule list changes by what comes, goes and moves, with the digest of a reading of it', async () => {
  const rules = (...lines: readonly string[]): string =>
    `${WEB}firewall:\n  enabled: true\n  rules:\n${lines.map((line) => `    - ${line}\n`).join('')}`;
  const ssh = '{ action: ACCEPT, macro: SSH }';
  const web = '{ action: ACCEPT, macro: Web }';
  const drop = '{ action: DROP, source: 10.0.0.0/8 }';
  await harness.apply(rules(drop, web));
  await powerByHand(harness, 101, 'start');
  harness.writes();
  await harness.apply(rules(drop, ssh, web));
  expect(harness.writes()).toMatchObject([
    { method: 'POST', path: `${root}/rules`, params: { macro: 'SSH', enable: '0' } },
    {
      method: 'PUT',
      path: `${root}/rules/0`,
      params: { moveto: '2', digest: expect.stringMatching(/^[0-9a-f]{40}$/) },
    },
    {
      method: 'PUT',
      path: `${root}/rules/1`,
      params: { enable: '1', digest: expect.stringMatching(/^[0-9a-f]{40}$/) },
    },
  ]);
  await harness.apply(rules(ssh, drop));
  expect(harness.writes()).toHaveLength(2);
  expect(await read('rules')).toMatchObject([{ macro: 'SSH' }, { action: 'DROP' }]);
  expect(changesOf(await harness.plan(rules(ssh, drop)))).toEqual([]);
});

it('a rule that somebody adds between plan and apply is a conflict, and no rule is touched', async () => {
  const yaml = `${WEB}firewall: { rules: [{ action: ACCEPT, macro: SSH }, { action: DROP }] }\n`;
  await harness.apply(yaml);
  const plan = await harness.plan(`${WEB}firewall: { rules: [{ action: DROP }] }\n`);
  await byHand('rules', { type: 'in', action: 'ACCEPT', macro: 'Web', enable: 1 });
  harness.writes();
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  expect(harness.writes()).toEqual([]);
});

it('a rule that somebody removes from the end between plan and apply is a conflict, and no rule is touched', async () => {
  const three = (first: string): string =>
    `${WEB}firewall: { rules: [{ action: ACCEPT, macro: ${first} }, { action: REJECT }, { action: DROP }] }\n`;
  await harness.apply(three('SSH'));
  const plan = await harness.plan(three('Web'));
  await harness.pve.delete(`${root}/rules/2`);
  harness.writes();
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  expect(harness.writes()).toEqual([]);
});

it('P3: what is not written stays: options, sets, aliases, and rules', async () => {
  await harness.apply(`${WEB}firewall: { enabled: true }\n`);
  await byHand('aliases', { name: 'other', cidr: '10.1.1.1' });
  await byHand('ipset', { name: 'others' });
  await byHand('rules', { type: 'in', action: 'ACCEPT', macro: 'Web', enable: 1 });
  await harness.pve.put(`${root}/options`, { params: { policy_in: 'ACCEPT' } });
  const yaml = `${WEB}firewall: { enabled: true, aliases: { mine: 10.2.2.2 } }\n`;
  const plan = await harness.apply(yaml);
  expect(plan.resources[0]?.unmanaged).toEqual(expect.arrayContaining(['firewall.aliases.other', 'firewall.policyIn']));
  expect(await read('rules')).toHaveLength(1);
  expect(await read('options')).toMatchObject({ policy_in: 'ACCEPT' });
  expect(await read('aliases')).toMatchObject([{ name: 'mine' }, { name: 'other' }]);
});

it('null removes an alias, a set with what it holds, and an option', async () => {
  await harness.apply(FULL);
  harness.writes();
  const yaml = `${WEB}firewall:\n  logLevelIn: null\n  rules: []\n  aliases: { office: null }\n  ipSets: { admins: null }\n`;
  await harness.apply(yaml);
  expect(harness.writes().map(({ method, path }) => `${method} ${path.slice(root.length)}`)).toEqual([
    'PUT /options',
    'DELETE /rules/3',
    'DELETE /rules/2',
    'DELETE /rules/1',
    'DELETE /rules/0',
    'DELETE /ipset/admins',
    'DELETE /aliases/office',
  ]);
  expect(changesOf(await harness.plan(yaml))).toEqual([]);
});

it('a set’s entries are compared as a set, and added before others go', async () => {
  const yaml = (entries: string): string => `${WEB}firewall: { ipSets: { admins: { entries: ${entries} } } }\n`;
  await harness.apply(yaml('[10.0.0.0/8, 192.0.2.1]'));
  expect(changesOf(await harness.plan(yaml('[192.0.2.1/32, 10.0.0.0/8]')))).toEqual([]);
  harness.writes();
  await harness.apply(yaml('[192.0.2.1, 10.1.0.0/16]'));
  expect(harness.writes().map(({ method, path }) => `${method} ${path.slice(root.length)}`)).toEqual([
    'POST /ipset/admins',
    'DELETE /ipset/admins/10.0.0.0/8',
  ]);
  expect(await read('ipset/admins')).toMatchObject([{ cidr: '10.1.0.0/16' }, { cidr: '192.0.2.1' }]);
});

it('R-52: a plan reads the firewall by four requests, and only of guests whose document has one', async () => {
  await harness.apply(`${WEB}firewall: { enabled: true, rules: [], aliases: { a1: 10.0.0.1 }, ipSets: { s1: {} } }\n`);
  const asked = async (yaml: string): Promise<readonly string[]> => {
    const from = harness.sandbox.requests.length;
    await harness.plan(yaml);
    return harness.sandbox.requests
      .slice(from)
      .map(({ path }) => path)
      .filter((path) => path.includes('/firewall/'));
  };
  expect(await asked(WEB)).toEqual([]);
  expect(
    await asked(`${WEB}firewall: { enabled: true, rules: [], aliases: { a1: 10.0.0.1 }, ipSets: { s1: {} } }\n`),
  ).toEqual([`${root}/options`, `${root}/rules`, `${root}/aliases`, `${root}/ipset`]);
  expect(await asked(`${WEB}firewall: { aliases: { a1: 10.0.0.1 } }\n`)).toEqual([`${root}/aliases`]);
});

it('a running guest’s firewall changes live', async () => {
  await harness.apply(`${WEB}firewall: { enabled: true }\n`);
  await powerByHand(harness, 101, 'start');
  const plan = await harness.plan(`${WEB}firewall: { enabled: true, policyIn: ACCEPT }\n`);
  expect(plan.resources[0]?.changes).toMatchObject([{ path: 'firewall.policyIn', after: 'ACCEPT', effect: 'live' }]);
  expect(await configOf(harness, 101)).toMatchObject({ name: 'web-01' });
});

it.each([
  ['{ action: ACCEPT, source: offices }', '/firewall/rules/0/source', 'office'],
  ['{ action: ACCEPT, source: +office }', '/firewall/rules/0/source', 'Sets there are: none'],
  ['{ action: ACCEPT, macro: HTPS }', '/firewall/rules/0/macro', 'HTTPS'],
  ['{ group: webs }', '/firewall/rules/0/group', 'Security groups there are: none'],
])('what a rule names and nobody has is an error of the plan: %s', async (rule, pointer, near) => {
  const yaml = `${WEB}firewall: { aliases: { office: 10.0.0.0/8 }, rules: [${rule}] }\n`;
  const plan = await harness.plan(yaml);
  expect(errorsOf(plan)).toMatchObject([{ code: 'MISSING', pointer }]);
  expect(errorsOf(plan)[0]?.detail).toContain(near);
});

it('removing an alias that a rule names is an error', async () => {
  const rules = 'rules: [{ action: ACCEPT, source: office }]';
  await harness.apply(`${WEB}firewall: { aliases: { office: 10.0.0.0/8 }, ${rules} }\n`);
  const plan = await harness.plan(`${WEB}firewall: { aliases: { office: null }, ${rules} }\n`);
  expect(errorsOf(plan)).toMatchObject([{ code: 'MISSING', pointer: '/firewall/rules/0/source' }]);
});

it('removing an alias or a set that an unwritten rule or set names is an error, which says where', async () => {
  await harness.apply(
    `${WEB}firewall: { aliases: { office: 10.0.0.0/8 }, ipSets: { s1: { entries: [office] }, s2: {} }, rules: [{ action: DROP, source: +s2 }] }\n`,
  );
  const alias = errorsOf(await harness.plan(`${WEB}firewall: { aliases: { office: null } }\n`));
  expect(alias).toMatchObject([{ summary: 'the alias is still named', pointer: '/firewall/aliases/office' }]);
  expect(alias[0]?.detail).toContain('set s1');
  const set = errorsOf(await harness.plan(`${WEB}firewall: { ipSets: { s2: null } }\n`));
  expect(set).toMatchObject([{ summary: 'the set is still named', pointer: '/firewall/ipSets/s2' }]);
  expect(set[0]?.detail).toContain('rule 0 (in DROP from +s2)');
  const written = '{ aliases: { office: null }, ipSets: { s1: { entries: [office] } } }';
  expect(errorsOf(await harness.plan(`${WEB}firewall: ${written}\n`))).toMatchObject([{ code: 'MISSING' }]);
  const both = '{ aliases: { office: null }, ipSets: { s1: null, s2: null }, rules: [] }';
  expect(errorsOf(await harness.plan(`${WEB}firewall: ${both}\n`))).toEqual([]);
});

it('a rule for an interface that the guest does not have is a warning', async () => {
  const yaml = (iface: string): string => `${WEB}firewall: { rules: [{ action: DROP, iface: ${iface} }] }\n`;
  const warnings = async (text: string): Promise<readonly (string | undefined)[]> =>
    (await harness.plan(text)).diagnostics
      .filter(({ severity }) => severity === 'warning')
      .map(({ pointer }) => pointer);
  expect(await warnings(yaml('net0'))).toEqual([]);
  expect(await warnings(yaml('net1'))).toEqual(['/firewall/rules/0/iface']);
  await harness.apply(WEB);
  expect(await warnings(`${yaml('net0')}network: { net0: null }\n`)).toEqual(['/firewall/rules/0/iface']);
});

it('a guest that is started meanwhile keeps its rules: they were to change as those of a stopped one', async () => {
  const yaml = (macro: string): string =>
    `${WEB}firewall: { enabled: true, rules: [{ action: ACCEPT, macro: ${macro} }] }\n`;
  await harness.apply(yaml('SSH'));
  const plan = await harness.plan(yaml('Web'));
  await powerByHand(harness, 101, 'start');
  harness.writes();
  expect(await harness.run(plan)).toMatchObject({ outcome: 'failed', errors: [{ code: 'STALE' }] });
  expect(harness.writes()).toEqual([]);
});

it('rules name what the datacenter has too: security groups, aliases and sets', async () => {
  await harness.pve.post('/cluster/firewall/groups', { params: { group: 'webs' } });
  await harness.pve.post('/cluster/firewall/aliases', { params: { name: 'office', cidr: '192.0.2.0/24' } });
  await harness.pve.post('/cluster/firewall/ipset', { params: { name: 'admins' } });
  const rules =
    '[{ group: Webs, iface: net0 }, { action: ACCEPT, source: dc/office, dest: +dc/admins }, { action: DROP, source: Office }]';
  const yaml = `${WEB}firewall: { rules: ${rules} }\n`;
  await harness.apply(yaml);
  expect(changesOf(await harness.plan(yaml))).toEqual([]);
  const own = await harness.plan(`${WEB}firewall: { rules: [{ action: DROP, source: guest/office }] }\n`);
  expect(errorsOf(own)).toMatchObject([{ code: 'MISSING', pointer: '/firewall/rules/0/source' }]);
});

it('guest/ and dc/ need Proxmox VE 8.0', async () => {
  await harness.close();
  harness = await startHarness({ version: '7.4' });
  await harness.pve.post('/cluster/firewall/aliases', { params: { name: 'office', cidr: '192.0.2.0/24' } });
  const plan = await harness.plan(`${WEB}firewall: { rules: [{ action: DROP, source: dc/office }] }\n`);
  expect(errorsOf(plan)).toMatchObject([{ code: 'IMPOSSIBLE', pointer: '/firewall/rules/0/source' }]);
});

it('a firewall that is on and filters nothing is worth a note, each reason by itself', async () => {
  const yaml = `${WEB}network: { net0: { firewall: false } }\nfirewall: { enabled: true }\n`;
  const notes = async (text: string): Promise<readonly string[]> =>
    (await harness.plan(text)).diagnostics.filter(({ severity }) => severity === 'note').map(({ summary }) => summary);
  expect(await notes(yaml)).toEqual(['no interface is filtered', 'the datacenter’s firewall is off']);
  await harness.pve.put('/cluster/firewall/options', { params: { enable: 1 } });
  expect(await notes(`${WEB}firewall: { enabled: true }\n`)).toEqual([]);
});

it('a clone has its template’s firewall, and what the document changes of it', async () => {
  const firewall =
    'firewall: { enabled: true, rules: [{ action: ACCEPT, macro: SSH }, { action: ACCEPT, macro: Web }] }';
  await harness.apply(`kind: vm\nname: tpl\nha: false\ntemplate: true\n${firewall}\n`);
  const yaml = 'kind: vm\nname: web-02\nclone: tpl\nfirewall: { rules: [{ action: ACCEPT, macro: Web }] }\n';
  harness.writes();
  const plan = await harness.apply(yaml);
  expect(titlesOf(plan).filter((title) => title.startsWith('firewall'))).toEqual([
    'firewall: remove rule 0 (in ACCEPT SSH)',
  ]);
  expect(changesOf(await harness.plan(yaml))).toEqual([]);
});

it('the privilege that a change of the firewall needs is asked for before anything is written', async () => {
  const yaml = `${WEB}firewall: { enabled: true }\n`;
  await harness.apply(WEB);
  const plan = await harness.plan(yaml);
  expect(plan.resources[0]?.changes).toMatchObject([{ path: 'firewall.enabled', effect: 'none' }]);
  const cluster = harness.pve;
  // A token that holds everything but this.
  const reader = {
    get: async (path: string, options?: Parameters<typeof cluster.get>[1]): Promise<unknown> => {
      const data = await cluster.get(path, options);
      if (path !== '/access/permissions') return data;
      return Object.fromEntries(
        Object.entries(data as Record<string, Record<string, number>>).map(([at, held]) => [
          at,
          Object.fromEntries(Object.entries(held).filter(([name]) => name !== 'VM.Config.Network')),
        ]),
      );
    },
  };
  expect(errorsOf(await harness.plan(yaml, { pve: reader }))).toMatchObject([{ code: 'PERMISSION' }]);
});
