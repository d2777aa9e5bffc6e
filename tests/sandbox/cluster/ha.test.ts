import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
  await api.data('POST', '/nodes/pve1/qemu', { vmid: 100 });
  await api.sandbox.settled();
});
afterEach(() => api.sandbox.close());

const RESOURCE = '/cluster/ha/resources/vm:100';
const power = async (): Promise<string> => {
  await api.sandbox.settled();
  return ((await api.data('GET', '/nodes/pve1/qemu/100/status/current')) as { status: string }).status;
};
const messageOf = async (method: string, path: string, params?: object): Promise<string | undefined> =>
  (await api.call(method, path, params)).body.message;

it('starts the guest of a started resource, and stops that of a stopped one', async () => {
  await api.data('POST', '/cluster/ha/resources', { sid: 'vm:100', state: 'started' });
  expect(await power()).toBe('running');
  await api.data('PUT', RESOURCE, { state: 'stopped' });
  expect(await power()).toBe('stopped');
});

it('starts an ignored resource’s guest only when somebody asks for it', async () => {
  await api.data('POST', '/cluster/ha/resources', { sid: 'vm:100', state: 'ignored' });
  expect(await power()).toBe('stopped');
});

it('obeys the guest’s own power calls by changing the wanted state', async () => {
  await api.data('POST', '/cluster/ha/resources', { sid: '100', state: 'started' });
  expect(await power()).toBe('running');
  await api.data('POST', '/nodes/pve1/qemu/100/status/stop');
  expect(await power()).toBe('stopped');
  expect(await api.data('GET', RESOURCE)).toMatchObject({ state: 'stopped' });
});

it('gives up on a guest that does not start', async () => {
  await api.data('PUT', '/nodes/pve1/qemu/100/config', { net0: 'virtio,bridge=nowhere' });
  await api.data('POST', '/cluster/ha/resources', { sid: 'vm:100', state: 'started' });
  expect(await power()).toBe('stopped');
  expect(await api.data('GET', '/cluster/ha/status/current')).toContainEqual(
    expect.objectContaining({ sid: 'vm:100', state: 'error' }),
  );
  const starts = (await api.data('GET', '/nodes/pve1/tasks', { typefilter: 'qmstart' })) as readonly unknown[];
  expect(starts).toHaveLength(2);
});

it('returns what was sent, with the digest of the file, and no defaults', async () => {
  await api.data('POST', '/cluster/ha/resources', { sid: 'vm:100', state: 'stopped', max_restart: 2, comment: 'hc' });
  expect(await api.data('GET', RESOURCE)).toEqual({
    ...{ sid: 'vm:100', type: 'vm', state: 'stopped', max_restart: 2, comment: 'hc' },
    digest: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
  await api.data('PUT', RESOURCE, { delete: 'comment,max_restart' });
  expect(Object.keys((await api.data('GET', RESOURCE)) as object).sort()).toEqual(['digest', 'sid', 'state', 'type']);
});

it.each([
  ['POST', '/cluster/ha/resources', { sid: 'vm:999' }, "resource 'vm:999' does not exist in cluster\n"],
  ['POST', '/cluster/ha/resources', { sid: 'xx:1' }, "unknown section type 'xx'\n"],
  [
    'POST',
    '/cluster/ha/resources',
    { sid: 'vm:100', group: 'g1' },
    "invalid parameter 'group': ha groups have been migrated to rules\n",
  ],
  ['GET', '/cluster/ha/resources/vm:999', {}, "no such resource 'vm:999'\n"],
  ['PUT', '/cluster/ha/resources/vm:999', {}, "update resources config failed: no such resource 'vm:999'\n"],
  ['DELETE', '/cluster/ha/resources/vm:999', {}, "cannot delete service 'vm:999', not HA managed!\n"],
])('refuses %s %s %j as the real API does', async (method, path, params, message) => {
  expect(await messageOf(method, path, params)).toBe(message);
});

it('refuses a resource that is there already, and a stale digest', async () => {
  await api.data('POST', '/cluster/ha/resources', { sid: 'vm:100', state: 'stopped' });
  expect(await messageOf('POST', '/cluster/ha/resources', { sid: 'vm:100' })).toBe(
    "create resource failed: resource ID 'vm:100' already defined\n",
  );
  expect(await messageOf('PUT', RESOURCE, { state: 'started', digest: 'abc' })).toBe(
    'update resources config failed: detected modified configuration - file changed by other user? Try again.\n',
  );
});
