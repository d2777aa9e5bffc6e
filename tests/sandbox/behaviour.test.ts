import { afterEach, describe, expect, it } from 'vitest';
import { FACT_VERSIONS, type FactVersion } from '../../src/pve/facts/fact-versions.ts';
import { type Api, startApi } from './api.ts';

let api: Api;
const begin = async (version: FactVersion): Promise<void> => {
  api = await startApi({ version });
  await api.data('POST', '/nodes/pve1/qemu', { vmid: 100 });
  await api.sandbox.settled();
};
afterEach(() => api.sandbox.close());

const errorsOf = async (params: object): Promise<unknown> =>
  (await api.call('PUT', '/nodes/pve1/qemu/100/config', params)).body.errors;

it.each([
  ['9.2', "missing property required by 'force'"],
  ['8.4', "missing property - 'force' requires this property"],
] as const)('%s says of a parameter that another one needs: %s', async (version, message) => {
  await begin(version);
  const { body } = await api.call('POST', '/nodes/pve1/qemu', { vmid: 101, force: 1 });
  expect(body.errors).toEqual({ archive: message });
});

it('names the flags of its version’s processors', async () => {
  await begin('9.2');
  expect(await errorsOf({ cpu: 'host,flags=+x' })).toMatchObject({
    cpu: expect.stringContaining('hv-tlbflush, ibpb, md-clear, nested-virt'),
  });
  await api.sandbox.close();
  await begin('8.4');
  expect(await errorsOf({ cpu: 'host,flags=+x' })).toMatchObject({
    cpu: expect.stringContaining('subset of: pcid, spec-ctrl, ibpb'),
  });
});

it('takes a bare word for a boolean since 9', async () => {
  await begin('8.4');
  expect(await errorsOf({ agent: 'yes' })).toMatchObject({ agent: expect.stringContaining("got 'yes'") });
  expect(await errorsOf({ agent: 'enabled=yes' })).toBeUndefined();
  await api.sandbox.close();
  await begin('9.1');
  expect(await errorsOf({ agent: 'yes' })).toBeUndefined();
});

describe('privileges', () => {
  it.each(FACT_VERSIONS)('of %s are those that its API names', async (version) => {
    await begin(version);
    const roles = (await api.data('GET', '/access/roles/Administrator')) as object;
    const isNew = Number(version) >= 9;
    expect(['VM.Monitor', 'VM.GuestAgent.Audit', 'VM.Replicate'].map((name) => name in roles)).toEqual([
      ...[!isNew, isNew, isNew],
    ]);
    expect('Mapping.Use' in roles).toBe(version !== '7.4');
    const { status } = await api.call('POST', '/access/roles', { roleid: 'Own', privs: 'VM.Monitor' });
    expect(status).toBe(isNew ? 400 : 200);
  });
});

it.each(['9.2', '8.4'] as const)('a guest under HA of %s says so in its status', async (version) => {
  await begin(version);
  await api.data('POST', '/cluster/ha/resources', { sid: 'vm:100', state: 'stopped' });
  const { ha } = (await api.data('GET', '/nodes/pve1/qemu/100/status/current')) as { readonly ha: object };
  expect(ha).toEqual({ managed: 1, state: 'stopped', ...(version === '8.4' ? { group: null } : {}) });
});

it('lists tasks that run as they stand in the file of active ones', async () => {
  api = await startApi({ taskTimeMs: 60 });
  const upid = await api.data('POST', '/nodes/pve1/qemu', { vmid: 100 });
  expect(await api.data('GET', '/nodes/pve1/tasks', { source: 'active' })).toMatchObject([
    { upid, status: 'RUNNING', saved: '0', user: 'root@pam!sandbox' },
  ]);
  const [running] = (await api.data('GET', '/cluster/tasks')) as readonly object[];
  expect(running).toMatchObject({ upid, user: 'root@pam', tokenid: 'sandbox' });
  expect(running).not.toHaveProperty('status');
  await api.sandbox.settled();
  expect(await api.data('GET', '/cluster/tasks')).toMatchObject([{ upid, status: 'OK', saved: '1' }]);
  expect((await api.call('GET', '/nodes/pve1/tasks/UPID:bad/status')).body.errors).toEqual({
    upid: 'unable to parse worker upid',
  });
});

it('keeps the hosts file of a node, by its digest', async () => {
  await begin('9.2');
  const path = '/nodes/pve2/hosts';
  const { data, digest } = (await api.data('GET', path)) as { readonly data: string; readonly digest: string };
  expect(data).toBe('127.0.0.1 localhost\n192.0.2.11 pve2.example.com pve2\n');
  const changed = { data: `${data}192.0.2.9 web\n`, digest };
  await api.data('POST', path, changed);
  expect(await api.data('GET', path)).toMatchObject({ data: changed.data });
  const { body } = await api.call('POST', path, changed);
  expect(body.message).toBe('detected modified configuration - file changed by other user? Try again.\n');
});

it('checks what a node is asked to do, and does not do it', async () => {
  await begin('9.2');
  expect((await api.call('POST', '/nodes/pve1/status', { command: 'bogus' })).status).toBe(400);
  expect((await api.call('POST', '/nodes/pve1/status', { command: 'reboot' })).status).toBe(501);
});
