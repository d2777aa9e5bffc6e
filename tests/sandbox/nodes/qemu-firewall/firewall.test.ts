import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../../api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
  await api.data('POST', '/nodes/pve1/qemu', { vmid: 100 });
  await api.sandbox.settled();
});
afterEach(() => api.sandbox.close());

const ROOT = '/nodes/pve1/qemu/100/firewall';
const file = (): string => join(api.sandbox.directory, 'firewall/100.fw');
const rule = (dport: string): object => ({ action: 'ACCEPT', type: 'in', proto: 'tcp', dport, enable: 1 });
const ports = async (): Promise<unknown[]> =>
  ((await api.data('GET', `${ROOT}/rules`)) as { dport: string }[]).map(({ dport }) => dport);

it('writes the file as Proxmox VE does', async () => {
  await api.data('PUT', `${ROOT}/options`, { policy_in: 'DROP', enable: 1 });
  await api.data('POST', `${ROOT}/aliases`, { name: 'Net', cidr: '10.1.0.0/16' });
  await api.data('POST', `${ROOT}/ipset`, { name: 's1', comment: 'set' });
  await api.data('POST', `${ROOT}/ipset/s1`, { cidr: '10.0.0.1/32', nomatch: 1 });
  await api.data('POST', `${ROOT}/rules`, { ...rule('22'), source: '+s1', comment: 'ssh ü' });
  await api.data('POST', `${ROOT}/rules`, { action: 'DROP', type: 'in', macro: 'HTTP' });
  expect(readFileSync(file(), 'utf8')).toBe(
    [
      '[OPTIONS]\n\nenable: 1\npolicy_in: DROP\n\n[ALIASES]\n\nnet 10.1.0.0/16\n\n[IPSET s1] # set\n\n!10.0.0.1\n\n',
      '[RULES]\n\n|IN HTTP(DROP)\nIN ACCEPT -source +s1 -p tcp -dport 22 # ssh ü\n\n',
    ].join(''),
  );
});

it('gives the digests of Proxmox VE', async () => {
  await api.data('PUT', `${ROOT}/options`, { policy_in: 'DROP', enable: 1 });
  expect(await api.data('GET', `${ROOT}/options`)).toEqual({
    ...{ enable: 1, policy_in: 'DROP', digest: 'b5b4b38b0ccd39fc3c426236926bf532647addaf' },
  });
});

it('puts a new rule on top, disabled, and moves one to before another', async () => {
  for (const port of ['1', '2', '3']) await api.data('POST', `${ROOT}/rules`, rule(port));
  expect(await ports()).toEqual(['3', '2', '1']);
  await api.data('PUT', `${ROOT}/rules/0`, { moveto: 2 });
  expect(await ports()).toEqual(['2', '3', '1']);
  await api.data('PUT', `${ROOT}/rules/2`, { moveto: 0 });
  expect(await ports()).toEqual(['1', '2', '3']);
  await api.data('DELETE', `${ROOT}/rules/1`);
  expect(await ports()).toEqual(['1', '3']);
  await api.data('POST', `${ROOT}/rules`, { action: 'DROP', type: 'out' });
  expect(await api.data('GET', `${ROOT}/rules/0`)).toMatchObject({ enable: 0, pos: '0' });
});

it('refuses a rule with an old digest', async () => {
  await api.data('POST', `${ROOT}/rules`, rule('1'));
  const [{ digest }] = (await api.data('GET', `${ROOT}/rules`)) as [{ digest: string }];
  await api.data('PUT', `${ROOT}/rules/0`, { dport: '2', digest });
  const { status, body } = await api.call('PUT', `${ROOT}/rules/0`, { dport: '3', digest });
  expect([status, body.message]).toEqual([
    500,
    'detected modified configuration - file changed by other user? Try again.\n',
  ]);
  expect(await ports()).toEqual(['2']);
});

it.each([
  [{ action: 'bogus', type: 'in' }, { action: "unknown action 'bogus'" }],
  [{ action: 'ACCEPT', type: 'in', dport: '22' }, { proto: "missing property - 'dport' requires this property" }],
  [{ action: 'ACCEPT', type: 'in', macro: 'Nope' }, { macro: "unknown macro 'Nope'" }],
  [{ action: 'ACCEPT', type: 'in', source: '+gone' }, { source: "no such ipset 'gone'" }],
])('refuses the rule %j', async (params, errors) => {
  const { status, body } = await api.call('POST', `${ROOT}/rules`, params);
  expect([status, body.errors]).toEqual([400, errors]);
});

it('addresses an entry of a set by a network with its slash', async () => {
  await api.data('POST', `${ROOT}/ipset`, { name: 's1' });
  await api.data('POST', `${ROOT}/ipset/s1`, { cidr: '10.0.0.0/8', comment: 'all' });
  expect(await api.data('GET', `${ROOT}/ipset/s1/10.0.0.0/8`)).toMatchObject({ cidr: '10.0.0.0/8', comment: 'all' });
  expect((await api.call('DELETE', `${ROOT}/ipset/s1`)).body.message).toBe("IPSet 's1' is not empty\n");
  await api.data('DELETE', `${ROOT}/ipset/s1/10.0.0.0%2F8`);
  await api.data('DELETE', `${ROOT}/ipset/s1`);
  expect(await api.data('GET', `${ROOT}/ipset`)).toEqual([]);
});

it('goes with its guest', async () => {
  await api.data('PUT', `${ROOT}/options`, { enable: 1 });
  expect(existsSync(file())).toBe(true);
  await api.data('DELETE', '/nodes/pve1/qemu/100');
  await api.sandbox.settled();
  expect(existsSync(file())).toBe(false);
});
